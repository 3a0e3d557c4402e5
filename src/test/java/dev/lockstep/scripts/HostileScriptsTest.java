package dev.lockstep.scripts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.testing.Reply;
import dev.lockstep.testing.RespClient;
import dev.lockstep.testing.ServerKind;
import dev.lockstep.testing.ServerProcess;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Scripts that try to get out of the sandbox or to bring the process down end with an error, and the server goes on. */
class HostileScriptsTest {
    private static final List<String> DEEP =
            List.of(
                    "return string.find(string.rep('a', 100000), string.rep('.?', 100000))",
                    "local function f(s) return (string.gsub(s, 'a', function(x) return f(x) end)) end return f('a')",
                    "local function f(n) if n == 0 then return redis.call('ping').ok end"
                            + " return (string.gsub('a', 'a', function() return f(n - 1) end)) end return f(150)",
                    "local function f() return f() + 1 end return f()",
                    "return loadstring('return ' .. string.rep('(', 100000) .. '1' .. string.rep(')', 100000))",
                    "local t = {} for i = 1, 100000 do t = {t} end return cjson.encode(t)",
                    "return cjson.decode(string.rep('[', 100000))",
                    "return cmsgpack.unpack(string.rep('\\145', 100000))",
                    "local t = {} t[1] = t return cjson.encode(t)",
                    "local t = {} t[1] = t return cmsgpack.pack(t)",
                    "local function f() return coroutine.wrap(f)() end return f()");

    private static final List<String> GREEDY =
            List.of(
                    "return {unpack({1, 2, 3}, 0, 2147483647)}",
                    "return {unpack({1, 2, 3}, -2147483648, 2147483647)}",
                    "return string.rep('x', 1e10)",
                    "return redis.call('set', 'k', string.rep('x', 600 * 1024 * 1024))",
                    "return struct.pack('c0', string.rep('x', 2147483648))",
                    "return struct.unpack('i999999999', 'x')",
                    "return bit.tohex(1, -2147483648)");

    private static final List<String> BREAKOUTS =
            List.of(
                    "return io.open('/etc/passwd')",
                    "return os.execute('true')",
                    "return require('os')",
                    "return package.path",
                    "return debug.getinfo(1)",
                    "return loadfile('/etc/passwd')",
                    "return dofile('/etc/passwd')",
                    "return print('x')",
                    "return loadstring(string.dump(function() end))()",
                    "return getfenv(0)",
                    "return setfenv(1, {})",
                    "return newproxy()",
                    "redis.call = nil",
                    "string.find = nil",
                    "getmetatable('').__index = nil",
                    "getmetatable(redis).__newindex = nil",
                    "setmetatable(_G, {})",
                    "rawset(_G, 'x', 1)",
                    "rawset(redis, 'x', 1)",
                    "for _, f in pairs(_G) do _G.x = f end",
                    "local _, behind = pairs(redis) behind.call = nil",
                    "local _, behind = pairs(_G) setmetatable(behind, {__newindex = function() error('x') end})",
                    "local _, behind = pairs(string) behind.find = nil",
                    "table.insert(redis, 1)",
                    "table.insert(_G, 1)",
                    "java = 1",
                    "return java.import('java.lang.System')",
                    "return luajava.bindClass('java.lang.System')");

    /** A library that is first used within a coroutine is the same for all. */
    @Test
    void coroutinesMayUseLibrariesFirst() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "save \"\"");
                RespClient client = server.connect()) {
            for (String library :
                    List.of("cjson.encode({1})", "#cmsgpack.pack({1})", "#struct.pack('b', 1)")) {
                String first =
                        client.call(
                                        "EVAL",
                                        "return coroutine.wrap(function() return "
                                                + library
                                                + " end)()",
                                        "0")
                                .toString();
                assertEquals(first, client.call("EVAL", "return " + library, "0").toString());
                assertTrue(!first.startsWith("-"), first);
            }
        }
    }

    @Test
    void coroutinesAreForgotten() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "save \"\"");
                RespClient client = server.connect()) {
            String script =
                    "for i = 1, 100 do coroutine.wrap(function() local big = string.rep('x', 10000) .. i redis.call('ping') end)() end";
            for (int i = 0; i < 200; i++) {
                client.call("EVAL", script, "0");
            }
            client.call("EVAL", "collectgarbage() collectgarbage()", "0");
            long used = Long.parseLong(client.info("memory").get("used_memory_vm_eval"));
            assertTrue(used < 2_000_000, "bytes in use: " + used);
        }
    }

    /** With the deprecated functions scripts get at environments, but only at their own. */
    @Test
    void noEnvironmentLeadsOut() {
        try (ServerProcess server =
                        ServerProcess.start(
                                ServerKind.LOCKSTEP, "save \"\"", "lua-enable-deprecated-api yes");
                RespClient client = server.connect()) {
            assertEquals(":1", client.call("EVAL", "return getfenv(1) == _G", "0").toString());
            for (String path :
                    List.of(
                            "pairs",
                            "pcall",
                            "load",
                            "loadstring",
                            "unpack",
                            "getmetatable",
                            "string.rep",
                            "table.insert",
                            "coroutine.wrap",
                            "coroutine.create",
                            "redis.call",
                            "cjson.encode",
                            "0",
                            "1")) {
                Reply reply =
                        client.call(
                                "EVAL",
                                "local ok, e = pcall(getfenv, "
                                        + path
                                        + ") return ok and rawget(rawget(e, 'os') or {}, 'setlocale') ~= nil",
                                "0");
                assertTrue(reply.toString().startsWith("nil"), path + " -> " + reply);
            }
            for (String way :
                    List.of(
                            "local e pcall(error, setmetatable({}, {__index = function() e = getfenv(2) end})) return e and rawget(rawget(e, 'os') or {}, 'setlocale') ~= nil",
                            "return rawget(rawget(getfenv(cjson.new().encode), 'os') or {}, 'setlocale') ~= nil",
                            "local e pcall(function() return _G[setmetatable({}, {__tostring = function() e = getfenv(3) end})] end)"
                                    + " return e and rawget(rawget(e, 'os') or {}, 'setlocale') ~= nil")) {
                assertTrue(client.call("EVAL", way, "0").toString().startsWith("nil"), way);
            }
            assertTrue(client.call("EVAL", "setfenv(0, {})", "0").toString().startsWith("-ERR"));
            assertEquals(
                    ":7",
                    client.call(
                                    "EVAL",
                                    "local f = function() return x end return setfenv(f, {x = 7})()",
                                    "0")
                            .toString());
        }
    }

    @Test
    void largeStringsGoOver() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "save \"\"");
                RespClient client = server.connect()) {
            for (String value : List.of("a".repeat(60_000_000), "\u0000b".repeat(10_000_000))) {
                assertEquals(
                        ":" + value.length(),
                        client.call("EVAL", "return #ARGV[1]", "0", value).toString());
                client.ok(
                        "EVAL", "return redis.call('set', KEYS[1], ARGV[1])", "1", "large", value);
                assertEquals(
                        ":" + value.length(),
                        client.call(
                                        "EVAL",
                                        "return coroutine.wrap(function() return #redis.call('get', 'large') end)()",
                                        "0")
                                .toString());
                assertEquals(
                        value,
                        client.call("EVAL", "return redis.call('get', 'large')", "0").text());
            }
        }
    }

    /** A library whose first use fails is complete at its next. */
    @Test
    void aFailedFirstUseIsNotTheLast() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "save \"\"");
                RespClient client = server.connect()) {
            client.call(
                    "EVAL",
                    "local function f(n) if n == 0 then return cjson.encode({1}) end return pcall(f, n - 1) end"
                            + " for n = 198, 150, -1 do pcall(f, n) end",
                    "0");
            assertEquals("[1]", client.call("EVAL", "return cjson.encode({1})", "0").text());
            client.call("EVAL", "error(_G)", "0");
            client.call("EVAL", "error(redis)", "0");
            assertTrue(client.call("EVAL", "line = 5", "0").toString().contains("readonly table"));
        }
    }

    @Test
    void theServerGoesOn() {
        try (ServerProcess server = ServerProcess.start(ServerKind.LOCKSTEP, "save \"\"");
                RespClient client = server.connect()) {
            for (List<String> scripts : List.of(DEEP, GREEDY, BREAKOUTS)) {
                for (String script : scripts) {
                    Reply reply = client.call("EVAL", script, "0");
                    if (scripts == BREAKOUTS) {
                        assertTrue(reply.toString().startsWith("-ERR"), script + " -> " + reply);
                    }
                    assertEquals("PONG", client.call("PING").text(), script);
                }
            }
            for (String endless :
                    List.of(
                            "local t = {} t[1] = t return t",
                            "local t = {} for i = 1, 100000 do t = {t} end return t")) {
                try (RespClient other = server.connect()) {
                    other.send("EVAL", endless, "0"); // a reply that this client couldn't read
                    other.readByte();
                }
                assertEquals("PONG", client.call("PING").text(), endless);
            }
            // All of them see what the first one saw.
            assertEquals(
                    ":3", client.call("EVAL", "return string.find('abc', 'c')", "0").toString());
            assertEquals("PONG", client.call("EVAL", "return redis.call('ping').ok", "0").text());
        }
    }
}
