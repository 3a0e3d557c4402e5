/** RDB and AOF: from data to bytes, and back. */
package dev.lockstep.persistence;
