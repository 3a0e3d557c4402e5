/** Places on the earth: as 52-bit geohashes, which are the scores of sorted sets, and the search for those in a shape. */
package dev.lockstep.server.geo;
