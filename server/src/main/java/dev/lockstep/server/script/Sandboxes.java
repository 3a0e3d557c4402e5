package dev.lockstep.server.script;

import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.command.CommandException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens sandboxes, when they are first needed. */
final class Sandboxes {
    private static final Logger LOG = LoggerFactory.getLogger(Sandboxes.class);

    private Sandboxes() {}

    /** @throws CommandException if there is no Lua for this machine */
    static Sandbox open(
            LockstepServer server,
            ScriptRunner runner,
            Debugger debugger,
            LuaVm.Function registerFunction) {
        long started = System.nanoTime();
        try {
            Sandbox sandbox =
                    new Sandbox(
                            new RedisApi(server, runner, debugger),
                            registerFunction,
                            server.config().security.luaEnableDeprecatedApi.get());
            LOG.debug("A Lua state was opened in {} us", (System.nanoTime() - started) / 1000);
            return sandbox;
        } catch (LinkageError | IllegalStateException e) {
            LOG.error("Lua can't be used on this machine: its library for it can't be loaded", e);
            throw new CommandException(
                    "ERR scripts can't be run here: Lua's library can't be loaded ("
                            + e.getMessage()
                            + "); it needs Linux, macOS or Windows on x86 or ARM with a writable java.io.tmpdir");
        }
    }
}
