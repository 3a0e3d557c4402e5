package dev.lockstep.server;

import java.util.ArrayList;
import java.util.List;

/**
 * A command that takes long, as a script may, and what happens while it does: the event loop turns in its midst, others are
 * told that it is busy, and what must not run in the middle of a command is postponed. Executor only.
 */
public final class LongCommand {
    private final LockstepServer server;
    private final Executor executor;
    private final ExecutorLoop loop;
    private final Output output;
    private final Execution execution;

    /** What belongs to the command, or null if none takes long. */
    private Executor.Batch batch;

    private final List<Runnable> postponed = new ArrayList<>();

    LongCommand(
            LockstepServer server,
            Executor executor,
            ExecutorLoop loop,
            Output output,
            Execution execution) {
        this.server = server;
        this.executor = executor;
        this.loop = loop;
        this.output = output;
        this.execution = execution;
    }

    public boolean isRunning() {
        return batch != null;
    }

    /** The client whose command it is; only while there is one. */
    Client client() {
        return batch.client();
    }

    /** Runs a task now, or when the command has ended. */
    void runOutside(Runnable task) {
        if (isRunning()) {
            postponed.add(task);
        } else {
            task.run();
        }
    }

    /** The command that is running takes long; others are told so from now on, those first whose requests have been read. */
    public void begin() {
        batch = executor.putAside();
        letOthers(executor.pendingReads()::runRest);
    }

    /** Lets the event loop turn once while the command is running. */
    public void turn() {
        letOthers(loop::turn);
    }

    /** {@link #turn} that waits for something to happen first. */
    public void awaitTurn() {
        letOthers(loop::await);
    }

    private void letOthers(Runnable turn) {
        Client client = batch.client();
        long millis = server.clock().millis();
        boolean discards = output.discards();
        output.send();
        output.discards(false);
        Pushes.Waiting waiting = server.pushes().putAside();
        execution.othersBegin();
        try {
            turn.run();
        } finally {
            execution.othersEnd();
            server.clock().backTo(millis);
            output.to(client);
            output.discards(discards);
            executor.resume(batch);
            server.pushes().goOn(client, waiting);
        }
    }

    /** The command has ended. */
    public void end() {
        executor.takeUp(batch);
        batch = null;
        postponed.forEach(executor::submitBetweenCommands);
        postponed.clear();
        for (Client client : server.clients().all()) {
            if (client.isMaster) {
                executor.submit(client.connection()::resume);
            }
        }
    }
}
