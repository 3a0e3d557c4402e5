/**
 * Scripts: EVAL and functions, in Lua 5.1.
 *
 * <p>{@link dev.lockstep.server.script.Scripts} keeps the scripts of EVAL and {@link dev.lockstep.server.script.Libraries} those of
 * FUNCTION; each has a {@link dev.lockstep.server.script.Sandbox}, a Lua state that is closed off by {@code sandbox.lua} among the
 * resources. {@link dev.lockstep.server.script.ScriptRunner} runs them, one at a time, on the executor.
 */
package dev.lockstep.server.script;
