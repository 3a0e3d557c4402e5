package dev.lockstep.server.command;

import dev.lockstep.keyspace.Database;
import dev.lockstep.keyspace.StringValue;
import dev.lockstep.keyspace.ValueType;
import dev.lockstep.protocol.ErrorReplies;
import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.protocol.RequestEncoder;
import dev.lockstep.server.ChangeStream;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.config.EventClass;
import dev.lockstep.server.net.Connection;
import java.nio.charset.StandardCharsets;

/**
 * The command being executed: what its handler may see and do. One object, used again for every command; executor only.
 *
 * <p>A handler reads its arguments from {@link #args}, looks keys up with {@link #read} and {@link #write} (which judge
 * expiry), replies into {@link #reply}, and says what it changed with {@link #modified}. A change is passed on to replicas
 * as the request stands, unless the handler says with {@link #propagate} what to pass on instead. Errors are thrown as
 * {@link CommandException}, before anything is changed.
 */
public final class Call {
    public static final CommandException WRONGTYPE = new CommandException(ErrorReplies.WRONGTYPE);
    public static final CommandException SYNTAX = new CommandException(ErrorReplies.SYNTAX);
    public static final CommandException NOT_AN_INTEGER =
            new CommandException(ErrorReplies.NOT_AN_INTEGER);
    public static final CommandException NO_SUCH_KEY =
            new CommandException(ErrorReplies.NO_SUCH_KEY);
    public static final CommandException DB_INDEX_OUT_OF_RANGE =
            new CommandException(ErrorReplies.DB_INDEX_OUT_OF_RANGE);
    private static final CommandException NOT_AN_INT =
            new CommandException(
                    "ERR value is out of range, value must between -2147483648 and 2147483647");

    private static final CommandException STRING_TOO_LONG =
            new CommandException(ErrorReplies.STRING_TOO_LONG);

    private static final int ELEMENTS_BETWEEN_FLUSHES = 4096;

    /** The longest array, less what may be added to it as room to grow. */
    private static final int MAX_ARRAY_BYTES = Integer.MAX_VALUE - 64;

    private final LockstepServer server;
    private final StringValue value = new StringValue();
    private Client client;
    private boolean nested;
    private Request args;
    private ReplyBuffer reply;
    private Command command;

    private long changes;
    private boolean rewritten;
    private boolean prevented;
    private long rejectedErrors;

    public Call(LockstepServer server) {
        this.server = server;
    }

    /**
     * Readies the call for one command.
     *
     * @param withinAnother whether another command runs it
     */
    public void begin(
            Client newClient,
            Command newCommand,
            Request request,
            ReplyBuffer replyTo,
            boolean withinAnother) {
        if (client != newClient) {
            client = newClient;
        }
        nested = withinAnother;
        if (command != newCommand) {
            command = newCommand;
        }
        if (args != request) {
            args = request;
        }
        if (reply != replyTo) {
            reply = replyTo;
        }
        changes = 0;
        rewritten = false;
        prevented = false;
        rejectedErrors = 0;
    }

    /** Whether it runs within another: a transaction or a script. */
    public boolean isNested() {
        return nested;
    }

    public LockstepServer server() {
        return server;
    }

    public Client client() {
        return client;
    }

    public Request args() {
        return args;
    }

    public ReplyBuffer reply() {
        return reply;
    }

    public Command command() {
        return command;
    }

    /** Unix milliseconds; the same throughout a batch of commands. */
    public long now() {
        return server.clock().millis();
    }

    /** The client's selected database. */
    public Database db() {
        return server.keyspace().database(client.database);
    }

    // ---- keys ----

    /** Looks a key up to read it: 0 if it is not there or has expired. Counts a hit or a miss and notes the use. */
    public int read(int arg) {
        int cell = look(arg);
        if (cell != 0) {
            touch(cell);
        }
        return cell;
    }

    /** {@link #read} that is no use of the key: a hit or a miss counts, but eviction takes no notice. */
    public int look(int arg) {
        int cell = lookAside(arg);
        if (cell == 0) {
            event(EventClass.KEY_MISS, "keymiss", arg);
        }
        return cell;
    }

    /** {@link #look} that tells nobody of a miss. */
    public int lookAside(int arg) {
        int cell = peek(arg);
        if (cell == 0) {
            server.stats().keyspaceMisses++;
        } else {
            server.stats().keyspaceHits++;
        }
        return cell;
    }

    /** {@link #read(int)} of a key that is no argument. */
    public int read(byte[] key, int offset, int length) {
        int cell = peek(db(), client.database, key, offset, length);
        if (cell == 0) {
            server.stats().keyspaceMisses++;
            if (server.events().wants(EventClass.KEY_MISS)) {
                event(EventClass.KEY_MISS, "keymiss", client.database, key, offset, length);
            }
        } else {
            server.stats().keyspaceHits++;
            touch(cell);
        }
        return cell;
    }

    /** {@link #read} of a key that must hold a string, if anything. */
    public int readString(int arg) {
        return read(arg, ValueType.STRING);
    }

    /** {@link #read} of a key that must hold a value of this type, if anything. */
    public int read(int arg, int type) {
        return ofType(read(arg), type);
    }

    /**
     * Looks a key up to change it: 0 if it is not there. One that has expired is removed first, on a replica that may be
     * written to as well, so that the key can be made anew. Notes the use.
     */
    public int write(int arg) {
        Database db = db();
        int cell = db.find(args.array(), args.offset(arg), args.length(arg));
        if (cell == 0) {
            return 0;
        }
        long deadline = db.deadline(cell);
        if (deadline >= 0 && server.expiry().hides(client, deadline)) {
            server.expiry().remove(client.database, cell);
            return 0;
        }
        touch(cell);
        return cell;
    }

    /** {@link #write} of a key that must hold a string, if anything. */
    public int writeString(int arg) {
        return write(arg, ValueType.STRING);
    }

    /** {@link #write} of a key that must hold a value of this type, if anything. */
    public int write(int arg, int type) {
        return ofType(write(arg), type);
    }

    /** Looks a key up and leaves no trace of it, but for removing an expired one where this server may. */
    public int peek(int arg) {
        return peek(db(), client.database, args.array(), args.offset(arg), args.length(arg));
    }

    /** {@link #peek} in another database. */
    public int peek(Database db, int number, byte[] key, int offset, int length) {
        int cell = db.find(key, offset, length);
        if (cell != 0) {
            long deadline = db.deadline(cell);
            if (deadline >= 0 && server.expiry().hides(client, deadline)) {
                if (command.has(Flag.WRITE)) {
                    server.expiry().foundByWrite(number, cell);
                } else {
                    server.expiry().found(number, cell);
                }
                return 0;
            }
        }
        return cell;
    }

    private void touch(int cell) {
        if (!client.noTouch || command.name().equals("touch")) {
            db().touch(cell);
        }
    }

    private int ofType(int cell, int type) {
        requireType(cell, type);
        return cell;
    }

    /** The error WRONGTYPE if an entry holds a value of another type; 0 is no entry. */
    public void requireType(int cell, int type) {
        if (cell != 0 && db().type(cell) != type) {
            throw WRONGTYPE;
        }
    }

    /** The string of an entry of the selected database, in place; valid until the keyspace changes or the next call. */
    public StringValue value(int cell) {
        db().read(cell, value);
        return value;
    }

    // ---- arguments ----

    /** A 64-bit integer, or the error "value is not an integer or out of range". */
    public long longArg(int arg) {
        if (!args.isLong(arg)) {
            throw NOT_AN_INTEGER;
        }
        return args.longAt(arg);
    }

    /** A 32-bit integer, or the error "value is not an integer or out of range" or that of the range. */
    public int intArg(int arg) {
        long number = longArg(arg);
        if (number != (int) number) {
            throw NOT_AN_INT;
        }
        return (int) number;
    }

    /** The number of a database, or the error "DB index is out of range". */
    public int databaseArg(int arg) {
        int number = intArg(arg);
        if (number < 0 || number >= server.keyspace().databases()) {
            throw DB_INDEX_OUT_OF_RANGE;
        }
        return number;
    }

    /** Whether an argument is this word, whatever its case; the word in lower case. */
    public boolean is(int arg, byte[] lowerCaseWord) {
        return args.is(arg, lowerCaseWord);
    }

    /** The bytes of ASCII text: a word to compare arguments with, in lower case, or one to pass on. */
    public static byte[] word(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The most bytes a string may have: what proto-max-bulk-len says, unless the change is a master's. */
    public long maxStringBytes() {
        return client.isMaster
                ? MAX_ARRAY_BYTES
                : Math.min(MAX_ARRAY_BYTES, server.config().clients.protoMaxBulkLen.bytes());
    }

    /** Refuses to make a string so many bytes long, if that is too long. */
    public void checkStringLength(long bytes) {
        if (bytes > maxStringBytes()) {
            throw STRING_TOO_LONG;
        }
    }

    // ---- waiting ----

    /**
     * Whether the client may be blocked. If not, because the command is part of a transaction or comes from a master, a
     * blocking command replies at once what it would reply when its time is over.
     */
    public boolean mayBlock() {
        return !nested && !client.isMaster && client.connection() != null;
    }

    /**
     * Blocks the client until one of the keys holds a value of this type; then the request is executed again, and may block
     * again. The handler must not have changed or replied anything. When the time is over, the reply is a null array.
     *
     * @param type a constant of {@link ValueType}
     * @param firstKey the argument with the first key; the others follow it
     * @param endMillis as {@link Timeouts} give it
     */
    public void block(int type, int firstKey, int keys, long endMillis) {
        server.blockedKeys().block(this, type, false, firstKey, keys, endMillis);
    }

    /** {@link #block} for a command that wants to be executed again as well when a key is gone or holds something else. */
    public void blockOrGone(int type, int firstKey, int keys, long endMillis) {
        server.blockedKeys().block(this, type, true, firstKey, keys, endMillis);
    }

    /** Lets the request say something else from here on: what a client that is blocked now will execute again. */
    public void rewriteArgs(Request request) {
        args = request;
    }

    // ---- what was changed ----

    /** The key of this argument was changed, in the selected database. */
    public void modified(int arg) {
        modified(client.database, args.array(), args.offset(arg), args.length(arg));
    }

    /**
     * A key was changed; counts one change. What a command changes that is no write, such as an estimate that PFCOUNT keeps,
     * makes the key's expiry no affair of a replica's own.
     */
    public void modified(int database, byte[] key, int offset, int length) {
        changes++;
        if (command.has(Flag.WRITE)) {
            server.expiry().changed(client, database, key, offset, length);
        }
        server.signals().modified(client, database, key, offset, length);
    }

    /** Clients that wait for the key of this argument want to look at it again, though it counts as unchanged. */
    public void wakeWaiting(int arg) {
        server.signals().wake(client.database, args.array(), args.offset(arg), args.length(arg));
    }

    /** Something was changed that is not one key, such as a whole database. */
    public void changed(long count) {
        changes += count;
    }

    /**
     * An event of the key of this argument, in the selected database: told to whoever {@code notify-keyspace-events} has it
     * told to. Its name and its place among the others are Redis'.
     */
    public void event(EventClass eventClass, String event, int arg) {
        if (server.events().wants(eventClass)) {
            event(
                    eventClass,
                    event,
                    client.database,
                    args.array(),
                    args.offset(arg),
                    args.length(arg));
        }
    }

    /** The event of a key that was not there before, in the selected database: it precedes that of the command. */
    public void created(int arg) {
        event(EventClass.NEW, "new", arg);
    }

    /** {@link #event(EventClass, String, int)} of any key. */
    public void event(
            EventClass eventClass, String event, int database, byte[] key, int offset, int length) {
        server.events().publish(eventClass, event, database, key, offset, length);
    }

    /** How many changes the command has made so far. */
    public long changes() {
        return changes;
    }

    /**
     * Begins a command to pass on in place of the request, for the client's selected database. Its arguments are given to
     * the encoder at once. May be called several times: then replicas execute the commands as one transaction.
     */
    public RequestEncoder propagate(int argc) {
        rewritten = true;
        return server.changes().stage(client.database, argc);
    }

    /** Passes the request on as it stands even if it changed nothing, since it may change something elsewhere. */
    public void propagateAnyway() {
        rewritten = true;
        server.changes().stage(client.database, args);
    }

    /** Whether changes are passed on to anybody at all; if not, a rewritten one need not be encoded. */
    public boolean propagates() {
        return server.changes().isActive();
    }

    /**
     * What this command passes on doesn't belong together: replicas get it without a transaction around it, unless it is part
     * of one.
     */
    public void propagateSeparately() {
        if (!nested) {
            server.changes().separately();
        }
    }

    /** Nothing of this command is passed on. */
    public void preventPropagation() {
        prevented = true;
    }

    /** Passes on what is to be passed on; called by the executor when the handler is done. */
    public void finish() {
        ChangeStream stream = server.changes();
        if (changes > 0) {
            server.dirty(changes);
            if (!rewritten && !prevented && stream.isActive()) {
                stream.stage(client.database, args);
            }
        }
    }

    // ---- replies ----

    /** Replies with a bulk string: a string value, or an element of a collection. */
    public void bulk(StringValue text) {
        reply.bulk(text.array(), text.offset(), text.length());
    }

    /**
     * Whether the client still takes a long reply; if not, it needn't go on: the client is gone, or has let too much wait. That it is
     * gone shows when a part is sent, which is done here now and then.
     *
     * @param elements how many have been replied so far
     */
    public boolean isHeard(long elements) {
        Connection connection = client.connection();
        if (connection == null) {
            return true;
        }
        if (elements % ELEMENTS_BETWEEN_FLUSHES == ELEMENTS_BETWEEN_FLUSHES - 1) {
            server.executor().settle();
            connection.flush();
        }
        return !client.closed && !client.isOverLimit() && connection.isSocketOpen();
    }

    /** No more requests of this client are executed, and it is closed when its replies so far are sent. */
    public void closeAfterReply() {
        client.closeAfterReply = true;
    }

    /** Replies with an error that is no exception because something precedes or follows it; counted like any other. */
    public void error(String text) {
        reply.error(text);
        server.stats().countError(text);
        rejectedErrors++;
    }

    /** How many errors {@link #error} has replied. */
    public long errors() {
        return rejectedErrors;
    }
}
