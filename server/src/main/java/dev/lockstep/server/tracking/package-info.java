/** Client-side caching: which clients want to hear of changes to what they have read or asked for, and telling them. */
package dev.lockstep.server.tracking;
