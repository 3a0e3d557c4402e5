package dev.lockstep.testing;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/**
 * Runs cases against a stock redis-server and against Lockstep, and compares every reply, in RESP2 and in RESP3.
 *
 * <p>Expectations are thus never invented, except the few marked as Redis 7.2's where the stock server is older. One
 * pair of servers serves all the cases; each case starts on an empty database.
 */
public final class TwiceRun implements AutoCloseable {
    private static final String HEAP = "1300m";
    private static final int SHOWN_CHARS = 400;

    private final ServerProcess stock;
    private final ServerProcess lockstep;
    private final OriginalState stockState;
    private final OriginalState lockstepState;
    private OriginalState targetState;

    public TwiceRun(String... confLines) {
        stock = ServerProcess.start(ServerKind.STOCK, confLines);
        try {
            lockstep =
                    ServerProcess.builder(ServerKind.LOCKSTEP).heap(HEAP).conf(confLines).start();
            stockState = new OriginalState(stock);
            lockstepState = new OriginalState(lockstep);
        } catch (AssertionError | RuntimeException e) {
            stock.close();
            throw e;
        }
    }

    /** A container with two tests for each case of the file. */
    public DynamicContainer tests(String caseFile) {
        Stream<DynamicNode> tests =
                CaseFile.read(caseFile).stream()
                        .flatMap(
                                commandCase ->
                                        commandCase.protocols().stream()
                                                .map(protocol -> test(commandCase, protocol)));
        return DynamicContainer.dynamicContainer(caseFile, tests);
    }

    private DynamicNode test(CommandCase commandCase, int protocol) {
        return DynamicTest.dynamicTest(
                commandCase + " RESP" + protocol, () -> compare(commandCase, protocol));
    }

    /** Throws AssertionError with the whole conversation, differing replies marked. */
    public void compare(CommandCase commandCase, int protocol) {
        List<Reply> expected = replies(stockState, commandCase, protocol);
        List<Reply> actual = replies(lockstepState, commandCase, protocol);
        StringBuilder conversation = new StringBuilder();
        boolean same = true;
        for (int i = 0; i < commandCase.steps().size(); i++) {
            CommandCase.Step step = commandCase.steps().get(i);
            conversation.append("\n  ").append(step.text()).append(" -> ");
            if (agrees(step, expected.get(i), actual.get(i), protocol)) {
                conversation.append(shown(actual.get(i)));
            } else {
                same = false;
                String wanted =
                        step.expected() == null
                                ? "stock:    " + shown(expected.get(i))
                                : "Redis 7.2: " + step.expected();
                conversation
                        .append("\n    ! ")
                        .append(wanted)
                        .append("\n    ! Lockstep: ")
                        .append(shown(actual.get(i)));
            }
        }
        if (!same) {
            throw new AssertionError(commandCase + ", RESP" + protocol + conversation);
        }
    }

    private List<Reply> replies(OriginalState server, CommandCase commandCase, int protocol) {
        try (CaseRun run = new CaseRun(server, protocol, this::target)) {
            return run.run(commandCase);
        }
    }

    private static boolean agrees(
            CommandCase.Step step, Reply stock, Reply lockstep, int protocol) {
        if (step.expected() == null) {
            return step.tolerance().accepts(stock, lockstep);
        }
        String expected = step.expected();
        if (protocol == 3 && (expected.equals("nil") || expected.equals("nil-array"))) {
            expected = "null";
        }
        return ServerKind.substituted() || expected.equals(lockstep.toString());
    }

    private static String shown(Reply reply) {
        String text = reply.toString();
        return text.length() <= SHOWN_CHARS
                ? text
                : text.substring(0, SHOWN_CHARS) + "... (" + text.length() + " characters)";
    }

    /** A third server, for cases that need one to talk to. */
    private OriginalState target() {
        if (targetState == null) {
            targetState = new OriginalState(ServerProcess.start(ServerKind.STOCK));
        }
        return targetState;
    }

    public ServerProcess stock() {
        return stock;
    }

    public ServerProcess lockstep() {
        return lockstep;
    }

    @Override
    public void close() {
        stock.close();
        lockstep.close();
        if (targetState != null) {
            targetState.server().close();
        }
    }
}
