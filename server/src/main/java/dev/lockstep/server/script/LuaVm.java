package dev.lockstep.server.script;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import party.iroiro.luajava.AbstractLua;
import party.iroiro.luajava.JFunction;
import party.iroiro.luajava.lua51.Lua51;
import party.iroiro.luajava.lua51.Lua51Natives;

/**
 * A Lua 5.1 state: the few operations on it that scripts need, with strings as bytes. Executor only.
 *
 * <p>Operations take the state they work on, since a coroutine has one of its own; {@link #state} is the main one. Stack
 * indexes are Lua's: from 1 upwards, or from -1 downwards.
 */
final class LuaVm implements AutoCloseable {
    /** A function that scripts can call. */
    @FunctionalInterface
    interface Function {
        /** Takes its arguments from the stack; returns how many results it pushed, or {@link #ERROR}. */
        int call(long state);
    }

    /** What a {@link Function} returns that has pushed what is thrown. */
    static final int ERROR = -1;

    static final int ALL_RESULTS = -1;

    /** The field of an error that says that INFO's errorstats have it already. */
    static final String ERROR_IS_COUNTED = "ignore_error_stats_update";

    static final int NIL = 0;
    static final int BOOLEAN = 1;
    static final int NUMBER = 3;
    static final int STRING = 4;
    static final int TABLE = 5;
    static final int FUNCTION = 6;

    /** The first byte of compiled code. */
    private static final byte PRECOMPILED = 27;

    private static final Logger LOG = LoggerFactory.getLogger(LuaVm.class);
    private static final int REGISTRY = -10000;
    private static final int GC_RESTART = 1;
    private static final int GC_COLLECT = 2;
    private static final int GC_COUNT = 3;
    private static final int GC_STEP = 5;
    private static final int GC_SET_PAUSE = 6;
    private static final int GC_SET_STEP_MULTIPLIER = 7;
    private static final int GC_PERCENT = 200;
    private static final int LOAD_BUFFER_KEPT = 1 << 20;

    /** A string is pushed in pieces of so many bytes if it is longer. */
    private static final int PIECE_BYTES = LOAD_BUFFER_KEPT / 2;

    private static final String PLACEHOLDER = "where-the-string-goes";

    /** Where the dump of a function says how many bytes Lua's size_t takes. */
    private static final int SIZE_BYTES_AT = 8;

    private final Lua51 lua;
    private final Lua51Natives natives;
    private final long state;

    private ByteBuffer loadBuffer = ByteBuffer.allocateDirect(4096);

    /**
     * Those that have called the server since the script began: luajava would keep them for ever. In the order of their first call,
     * which is that of luajava's own list: it is gone through for each that is closed.
     */
    private final Set<AbstractLua> coroutines = new LinkedHashSet<>();

    private final Set<String> chunkNames = new HashSet<>();
    private byte[] stringPrefix;
    private byte[] stringSuffix;
    private int sizeBytes;

    /** @throws LinkageError if there is no Lua for this machine */
    LuaVm() {
        LuaLibrary.load();
        lua = new Lua51();
        lua.openLibraries();
        natives = (Lua51Natives) lua.getLuaNatives();
        state = lua.getPointer();
        learnStringChunk();
    }

    /**
     * How a compiled function looks that returns a string: between its first and last bytes any string can be put, which is the
     * one way to hand over bytes that are no text.
     */
    private void learnStringChunk() {
        byte[] placeholder = PLACEHOLDER.getBytes(StandardCharsets.US_ASCII);
        String failure =
                load(
                        state,
                        ("return '" + PLACEHOLDER + "'").getBytes(StandardCharsets.US_ASCII),
                        "=string");
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
        ByteBuffer dump = (ByteBuffer) natives.luaJ_dumptobuffer(state);
        byte[] bytes = new byte[dump.remaining()];
        dump.get(bytes);
        pop(state, 1);
        int at = 0;
        while (!Arrays.equals(
                bytes, at, at + placeholder.length, placeholder, 0, placeholder.length)) {
            at++;
        }
        sizeBytes = bytes[SIZE_BYTES_AT];
        stringPrefix = Arrays.copyOf(bytes, at - sizeBytes);
        stringSuffix = Arrays.copyOfRange(bytes, at + placeholder.length, bytes.length);
    }

    long state() {
        return state;
    }

    @Override
    public void close() {
        lua.close();
    }

    /** What Lua's values take, in bytes. */
    long usedBytes() {
        return natives.lua_gc(state, GC_COUNT, 0) * 1024L;
    }

    /** Frees all that nothing refers to. */
    void collect() {
        natives.lua_gc(state, GC_COLLECT, 0);
    }

    /** No script runs any more: coroutines that have called the server need be known no longer. */
    void releaseCoroutines() {
        if (!coroutines.isEmpty()) {
            coroutines.forEach(AbstractLua::close);
            coroutines.clear();
        }
    }

    /** Looks for what nothing refers to, for a moment; and from now on as often as at first, whatever a script wanted. */
    void collectSome() {
        natives.lua_gc(state, GC_RESTART, 0);
        natives.lua_gc(state, GC_SET_PAUSE, GC_PERCENT);
        natives.lua_gc(state, GC_SET_STEP_MULTIPLIER, GC_PERCENT);
        natives.lua_gc(state, GC_STEP, 1);
    }

    // ---- pushing ----

    void push(long to, byte[] array, int offset, int length) {
        boolean isText = length < LOAD_BUFFER_KEPT;
        for (int i = offset; isText && i < offset + length; i++) {
            isText = array[i] > 0;
        }
        if (length >= LOAD_BUFFER_KEPT) {
            pushPieces(to, array, offset, length);
        } else if (isText) {
            natives.luaJ_pushstring(
                    to, new String(array, offset, length, StandardCharsets.ISO_8859_1));
        } else {
            pushBinary(to, array, offset, length);
        }
    }

    /** Each piece goes through the one buffer; there are some 4000 at most. */
    private void pushPieces(long to, byte[] array, int offset, int length) {
        int pieces = (length + PIECE_BYTES - 1) / PIECE_BYTES;
        if (!room(to, pieces + 8)) {
            throw new IllegalStateException("no room for a string of " + length + " bytes");
        }
        for (int done = 0; done < length; done += PIECE_BYTES) {
            push(to, array, offset + done, Math.min(PIECE_BYTES, length - done));
        }
        concat(to, pieces);
    }

    private void pushBinary(long to, byte[] array, int offset, int length) {
        int bytes = stringPrefix.length + sizeBytes + length + stringSuffix.length;
        ByteBuffer chunk = loadBuffer(bytes).order(ByteOrder.nativeOrder());
        chunk.put(stringPrefix);
        if (sizeBytes == Long.BYTES) {
            chunk.putLong(length + 1L);
        } else {
            chunk.putInt(length + 1);
        }
        chunk.put(array, offset, length).put(stringSuffix);
        if (natives.luaJ_loadbuffer(to, chunk, bytes, "=string") != 0
                || natives.lua_pcall(to, 0, 1, 0) != 0) {
            throw new IllegalStateException("no memory for a string of " + length + " bytes");
        }
    }

    private ByteBuffer loadBuffer(int bytes) {
        if (bytes > LOAD_BUFFER_KEPT) {
            return ByteBuffer.allocateDirect(bytes);
        }
        if (bytes > loadBuffer.capacity()) {
            loadBuffer = ByteBuffer.allocateDirect(Integer.highestOneBit(bytes - 1) << 1);
        }
        return loadBuffer.clear();
    }

    void push(long to, byte[] bytes) {
        push(to, bytes, 0, bytes.length);
    }

    /** One byte for each character. */
    void push(long to, String text) {
        push(to, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void push(long to, double number) {
        natives.lua_pushnumber(to, number);
    }

    void push(long to, boolean value) {
        natives.lua_pushboolean(to, value ? 1 : 0);
    }

    void pushNil(long to) {
        natives.lua_pushnil(to);
    }

    /** What cjson.null is. */
    void pushNullPointer(long to) {
        natives.lua_pushlightuserdata(to, 0);
    }

    /** Pushes a function. What it throws unexpectedly becomes an error of the script. */
    void push(long to, Function function) {
        JFunction called =
                caller -> {
                    if (caller != lua) {
                        coroutines.add((AbstractLua) caller);
                    }
                    long from = ((AbstractLua) caller).getPointer();
                    try {
                        return function.call(from);
                    } catch (RuntimeException | Error e) {
                        LOG.error("A function called by a script failed unexpectedly", e);
                        push(from, "ERR internal error in a script's call: " + e);
                        return ERROR;
                    }
                };
        natives.luaJ_pushfunction(to, called);
    }

    void pushCopy(long to, int index) {
        natives.lua_pushvalue(to, index);
    }

    void newTable(long to, int elements, int fields) {
        natives.lua_createtable(to, elements, fields);
    }

    /** Makes what is on top the value of a field, and pops it. */
    void setField(long of, int table, String name) {
        natives.lua_setfield(of, table, name);
    }

    /** {@link #setField}, whatever the table's metatable says. */
    void setRawField(long of, int table, String name) {
        push(of, name);
        insert(of, -2);
        natives.lua_rawset(of, table < 0 && table > REGISTRY ? table - 1 : table);
    }

    /** Makes what is on top an element of a table, and pops it. */
    void setElement(long of, int table, int number) {
        natives.lua_rawseti(of, table, number);
    }

    /** Makes the two on top a key and its value in a table, whatever its metatable says, and pops them. */
    void setRaw(long of, int table) {
        natives.lua_rawset(of, table);
    }

    // ---- reading ----

    int type(long of, int index) {
        return natives.lua_type(of, index);
    }

    /** The bytes of a string or a number, empty for anything else. A number becomes a string where it is. */
    byte[] bytes(long of, int index) {
        ByteBuffer buffer = buffer(of, index);
        if (buffer == null) {
            return new byte[0];
        }
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    /** {@link #bytes} in place: valid while the value stays on the stack; null if there are none. */
    ByteBuffer buffer(long of, int index) {
        if (type(of, index) == STRING && natives.lua_objlen(of, index) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a string of 2 GB or more");
        }
        return (ByteBuffer) natives.luaJ_todirectbuffer(of, index);
    }

    /** One character for each byte. */
    String text(long of, int index) {
        return new String(bytes(of, index), StandardCharsets.ISO_8859_1);
    }

    double number(long of, int index) {
        return natives.lua_tonumber(of, index);
    }

    boolean bool(long of, int index) {
        return natives.lua_toboolean(of, index) != 0;
    }

    /** How many values are on the stack. */
    int top(long of) {
        return natives.lua_gettop(of);
    }

    void top(long of, int count) {
        natives.lua_settop(of, count);
    }

    void pop(long of, int count) {
        natives.lua_settop(of, -count - 1);
    }

    /** Makes sure of room for so many more values; false if there can't be any. */
    boolean room(long of, int values) {
        return natives.lua_checkstack(of, values) != 0;
    }

    /** Pushes a field of a table, whatever its metatable says. */
    void field(long of, int table, String name) {
        int at = table < 0 && table > REGISTRY ? table - 1 : table;
        push(of, name);
        natives.lua_rawget(of, at);
    }

    /** Pushes an element of a table, whatever its metatable says. */
    void element(long of, int table, int number) {
        natives.lua_rawgeti(of, table, number);
    }

    /** Pops a key and pushes the next key of a table and its value; false, and nothing pushed, at the end. */
    boolean next(long of, int table) {
        return natives.lua_next(of, table) != 0;
    }

    void insert(long of, int index) {
        natives.lua_insert(of, index);
    }

    void remove(long of, int index) {
        natives.lua_remove(of, index);
    }

    // ---- references ----

    /** Pops a value and keeps it until {@link #unref}. */
    int ref(long of) {
        return natives.luaL_ref(of, REGISTRY);
    }

    void pushRef(long to, int ref) {
        natives.lua_rawgeti(to, REGISTRY, ref);
    }

    void unref(int ref) {
        natives.luaL_unref(state, REGISTRY, ref);
    }

    // ---- running ----

    /**
     * Compiles source text and pushes the function; returns the error, with nothing pushed, if that fails. What begins like
     * precompiled code isn't looked at: Lua takes it as it is, and it can read and write any memory of the process.
     */
    String load(long to, byte[] code, String chunkName) {
        if (code.length > 0 && code[0] == PRECOMPILED) {
            return chunkName.substring(1) + ":1: unexpected symbol near 'char(27)'";
        }
        if (chunkNames.add(chunkName)) {
            // Lua's parser holds the name by nothing, so its collector could take it in the midst
            // of parsing.
            push(state, chunkName);
            ref(state);
        }
        ByteBuffer source = loadBuffer(Math.max(code.length, 1));
        source.put(code);
        if (natives.luaJ_loadbuffer(to, source, code.length, chunkName) == 0) {
            return null;
        }
        String failure = text(to, -1);
        pop(to, 1);
        return failure;
    }

    /**
     * Calls a function with the arguments that follow it on the stack; all of them are popped.
     *
     * @param handler where the function is that gets what is thrown, or 0
     * @return whether it succeeded: then its results are pushed, else what it threw
     */
    boolean call(long on, int arguments, int results, int handler) {
        return natives.lua_pcall(on, arguments, results, handler) == 0;
    }

    /** Pushes the place, such as "user_script:1: ", that the running function was called from. */
    void pushWhere(long to) {
        natives.luaL_where(to, 1);
    }

    /** Makes one string of the values on top. */
    void concat(long of, int count) {
        natives.lua_concat(of, count);
    }
}
