/**
 * Pub/Sub: who is subscribed to which channels and patterns, what is published to them, and the keyspace events that
 * {@code notify-keyspace-events} publishes.
 */
package dev.lockstep.server.pubsub;
