/**
 * The running server, all of whose parts find each other through {@link dev.lockstep.server.LockstepServer}.
 *
 * <ul>
 *   <li>The path of a request: {@code Executor}, {@code Admission}, {@code Execution}, {@code Output}, {@code Transaction},
 *       {@code ChangeStream}, {@code RequestPrefetch}; {@code LongCommand} where one takes long
 *   <li>Clients: {@code Client}, {@code Clients}, {@code ConnectionListener}, {@code ClientEviction}, {@code Pushes}, {@code Monitors}
 *   <li>Waiting: {@code Wait} and {@code BlockedClients}, {@code BlockedKeys}, {@code ReplicaWaits} (for replicas), {@code Pauses},
 *       {@code WatchedKeys}
 *   <li>The keyspace by the clock and by its limit: {@code Expiry}, {@code Memory}, {@code Cron}
 *   <li>Saving and loading: {@code Snapshots}, {@code KeyspaceSave}, {@code KeyspaceReads}, {@code Loading}, {@code KeyspaceLoad}
 *   <li>MIGRATE: {@code Migrations}
 *   <li>The process: {@code Main}, {@code ExecutorLoop}, {@code Shutdown}, {@code LiveSettings}
 * </ul>
 */
package dev.lockstep.server;
