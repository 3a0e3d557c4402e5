/**
 * What commands are (name, arity, flags, keys, categories: {@link dev.lockstep.server.command.Command}), and one class a
 * data type or subject with their handlers. Handlers run on the executor.
 */
package dev.lockstep.server.command;
