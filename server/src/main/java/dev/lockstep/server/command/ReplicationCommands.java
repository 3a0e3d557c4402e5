package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.ClientLine;
import dev.lockstep.server.replication.MasterLink;
import dev.lockstep.server.replication.Replicas;
import dev.lockstep.server.replication.Replication;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commands about who follows whom, and those that a replica and its master speak with each other. */
final class ReplicationCommands {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicationCommands.class);

    private static final byte[] NO = word("no");
    private static final byte[] ONE = word("one");
    private static final byte[] PSYNC = word("psync");
    private static final byte[] FAILOVER = word("failover");
    private static final byte[] LISTENING_PORT = word("listening-port");
    private static final byte[] IP_ADDRESS = word("ip-address");
    private static final byte[] CAPA = word("capa");
    private static final byte[] EOF = word("eof");
    private static final byte[] PSYNC2 = word("psync2");
    private static final byte[] ACK = word("ack");
    private static final byte[] FACK = word("fack");
    private static final byte[] GETACK = word("getack");
    private static final byte[] RDB_ONLY = word("rdb-only");
    private static final byte[] RDB_FILTER_ONLY = word("rdb-filter-only");
    private static final int IP_BYTES_MAX = 255;

    private static final CommandException INVALID_PORT =
            new CommandException("ERR Invalid master port");
    private static final CommandException CLIENT_IS_REPLICA =
            new CommandException("ERR Command is not valid when client is a replica.");
    private static final CommandException NO_MASTER_LINK =
            new CommandException(ErrorReplies.NOMASTERLINK);
    private static final CommandException PENDING_OUTPUT =
            new CommandException("ERR SYNC and PSYNC are invalid with pending output");

    private static final CommandException SYNC_DURING_FAILOVER =
            new CommandException("NOMASTERLINK Can't SYNC while failing over");
    private static final CommandException FILTER_WITHOUT_EOF =
            new CommandException("ERR Filtered replica requires EOF capability");
    private static final CommandException FAILOVER_TO_MASTER =
            new CommandException("ERR PSYNC FAILOVER can't be sent to a master.");
    private static final CommandException FAILOVER_OTHER_ID =
            new CommandException("ERR PSYNC FAILOVER replid must match my replid.");
    private static final CommandException FAILING_OVER =
            new CommandException("ERR REPLICAOF not allowed while failing over.");

    private ReplicationCommands() {}

    private static byte[] word(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static void register(CommandTable table) {
        table.add(
                replicaOf("replicaof", "5.0.0"),
                replicaOf("slaveof", "1.0.0").deprecated("5.0.0", "`REPLICAOF`"),
                command("psync", ReplicationCommands::sync)
                        .arity(-3)
                        .flags(Flag.ADMIN, Flag.NOSCRIPT, Flag.NO_ASYNC_LOADING, Flag.NO_MULTI)
                        .docs(
                                "server",
                                "2.8.0",
                                "",
                                "An internal command used in replication: asks for a partial sync.")
                        .syntax("replicationid offset:integer"),
                command("sync", ReplicationCommands::sync)
                        .arity(1)
                        .flags(Flag.ADMIN, Flag.NOSCRIPT, Flag.NO_ASYNC_LOADING, Flag.NO_MULTI)
                        .docs(
                                "server",
                                "1.0.0",
                                "",
                                "An internal command used in replication: asks for a full sync."),
                command("replconf", ReplicationCommands::replconf)
                        .arity(-1)
                        .flags(Flag.ADMIN, Flag.NOSCRIPT, Flag.LOADING, Flag.STALE, Flag.ALLOW_BUSY)
                        .system()
                        .docs(
                                "server",
                                "3.0.0",
                                "O(1)",
                                "An internal command by which replica and master tell each other of themselves."),
                command("role", ReplicationCommands::role)
                        .arity(1)
                        .flags(Flag.NOSCRIPT, Flag.LOADING, Flag.STALE, Flag.FAST)
                        .acl(Category.ADMIN, Category.DANGEROUS)
                        .docs(
                                "server",
                                "2.8.12",
                                "O(1)",
                                "Tells whether the server is a master or a replica, and of its peers."));
    }

    private static Command replicaOf(String name, String since) {
        return command(name, ReplicationCommands::replicaOf)
                .arity(3)
                .flags(Flag.ADMIN, Flag.NOSCRIPT, Flag.STALE, Flag.MAY_END_ASYNC_LOADING)
                .docs(
                        "server",
                        since,
                        "O(1)",
                        "Makes the server a replica of another, or a master.")
                .syntax("args(host-port{host port:integer} | no-one{NO ONE})");
    }

    private static void replicaOf(Call call) {
        Request args = call.args();
        Replication replication = call.server().replication();
        if (replication.failover().isUnderWay()) {
            throw FAILING_OVER;
        }
        if (args.is(1, NO) && args.is(2, ONE)) {
            if (replication.isReplica()) {
                replication.promote();
                LOG.info(
                        "MASTER MODE enabled (user request from '{}')",
                        ClientLine.of(call.server(), call.client()));
            }
            call.reply().ok();
            return;
        }
        if (call.client().isReplica) {
            throw CLIENT_IS_REPLICA;
        }
        if (!args.isLong(2) || args.longAt(2) < 0 || args.longAt(2) > 65535) {
            throw INVALID_PORT;
        }
        String host = args.text(1);
        int port = (int) args.longAt(2);
        MasterLink link = replication.link();
        if (link != null && link.host().equalsIgnoreCase(host) && link.port() == port) {
            LOG.info(
                    "REPLICAOF would result into synchronization with the master we are already connected with. No operation performed.");
            call.reply().simple("OK Already connected to specified master");
            return;
        }
        replication.follow(host, port);
        LOG.info(
                "REPLICAOF {}:{} enabled (user request from '{}')",
                host,
                port,
                ClientLine.of(call.server(), call.client()));
        call.reply().ok();
    }

    private static void sync(Call call) {
        if (call.client().isReplicaOrMonitor()) {
            return;
        }
        Replication replication = call.server().replication();
        if (call.args().argc() > 3 && call.args().is(3, FAILOVER)) {
            takeOver(call, replication);
        }
        if (replication.failover().isUnderWay()) {
            throw SYNC_DURING_FAILOVER;
        }
        if (replication.isReplica() && !replication.link().isConnected()) {
            throw NO_MASTER_LINK;
        }
        if (call.reply().length() > 0 || call.client().connection().pendingOutput() > 0) {
            throw PENDING_OUTPUT;
        }
        Replicas replicas = replication.replicas();
        if (!replicas.canBeServed(call.client())) {
            throw FILTER_WITHOUT_EOF;
        }
        if (!call.args().is(0, PSYNC)) {
            replicas.synchronize(call.client(), null, -1);
        } else if (call.args().isLong(2)) {
            replicas.synchronize(call.client(), call.args().text(1), call.longArg(2));
        } else {
            LOG.warn(
                    "Replica {} asks for synchronization but with a wrong offset",
                    replicas.name(call.client()));
            throw Call.NOT_AN_INTEGER;
        }
    }

    /** The master of this server wants it to take the role. */
    private static void takeOver(Call call, Replication replication) {
        String id = call.args().text(1);
        LOG.warn("Failover request received for replid {}.", id);
        if (!replication.isReplica()) {
            throw FAILOVER_TO_MASTER;
        }
        if (!id.equalsIgnoreCase(replication.history().id())) {
            throw FAILOVER_OTHER_ID;
        }
        replication.promote();
        LOG.info(
                "MASTER MODE enabled (failover request from '{}')",
                ClientLine.of(call.server(), call.client()));
    }

    private static void replconf(Call call) {
        Request args = call.args();
        if (args.argc() % 2 == 0) {
            throw Call.SYNTAX;
        }
        Replication replication = call.server().replication();
        Replicas replicas = replication.replicas();
        for (int i = 1; i < args.argc(); i += 2) {
            if (args.is(i, LISTENING_PORT)) {
                long port = call.longArg(i + 1);
                replicas.listeningPort(call.client(), (int) port);
            } else if (args.is(i, IP_ADDRESS)) {
                if (args.length(i + 1) > IP_BYTES_MAX) {
                    throw new CommandException(
                            "ERR REPLCONF ip-address provided by replica instance is too long: "
                                    + args.length(i + 1)
                                    + " bytes");
                }
                replicas.announcedIp(call.client(), args.text(i + 1));
            } else if (args.is(i, CAPA)) {
                if (args.is(i + 1, EOF)) {
                    replicas.understandsMark(call.client());
                } else if (args.is(i + 1, PSYNC2)) {
                    replicas.understandsPsync2(call.client());
                }
            } else if (args.is(i, ACK)) {
                if (call.client().isReplica && args.isLong(i + 1)) {
                    if (i + 3 < args.argc() && args.is(i + 2, FACK) && args.isLong(i + 3)) {
                        replicas.acknowledgedFile(call.client(), args.longAt(i + 3));
                    }
                    replicas.acknowledged(call.client(), args.longAt(i + 1));
                }
                return;
            } else if (args.is(i, GETACK)) {
                if (replication.link() != null && call.client().isMaster) {
                    replication.link().acknowledge();
                }
                return;
            } else if (args.is(i, RDB_ONLY)) {
                long only = call.longArg(i + 1);
                if (only < 0 || only > 1) {
                    throw new CommandException(
                            "ERR value is out of range, value must between 0 and 1");
                }
                replicas.snapshotOnly(call.client(), only == 1);
            } else if (args.is(i, RDB_FILTER_ONLY)) {
                replicas.filter(call.client(), filtersOutData(args.text(i + 1)));
            } else {
                throw new CommandException("ERR Unrecognized REPLCONF option: " + args.text(i));
            }
        }
        call.reply().ok();
    }

    /** An empty filter, or one that names only functions, leaves the keys out. */
    private static boolean filtersOutData(String filter) {
        for (String part : filter.trim().split("\\s+")) {
            if (!part.isEmpty() && !part.equalsIgnoreCase("functions")) {
                throw new CommandException("ERR Unsupported rdb-filter-only option: " + part);
            }
        }
        return true;
    }

    private static void role(Call call) {
        ReplyBuffer reply = call.reply();
        Replication replication = call.server().replication();
        MasterLink link = replication.link();
        if (link == null) {
            reply.array(3);
            reply.bulk("master");
            reply.integer(replication.offset());
            replication.replicas().describeOnline(reply);
        } else {
            reply.array(5);
            reply.bulk("slave");
            reply.bulk(link.host());
            reply.integer(link.port());
            reply.bulk(link.state().roleName());
            reply.integer(link.isConnected() ? replication.offset() : -1);
        }
    }
}
