package dev.lockstep.server.script;

import dev.lockstep.protocol.ReplyBuffer;
import dev.lockstep.protocol.Request;
import dev.lockstep.server.Client;
import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.net.Connection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a client debug its script (SCRIPT DEBUG SYNC): takes the client's commands, and sends it what {@code debugger.lua},
 * which stops the script and looks into it, has to say. Executor only.
 *
 * <p>While the script stands still, the executor waits within it, and others wait too. After {@code busy-reply-threshold} they
 * are told that the server is busy, as with any script that takes long. They may end it with SCRIPT KILL. Everything that is said goes out as arrays of lines; when the script has
 * ended, its reply follows, and the connection is closed.
 */
final class Debugger {
    private static final Logger LOG = LoggerFactory.getLogger(Debugger.class);

    /** After so long a script that doesn't stop by itself is stopped, if {@code busy-reply-threshold} doesn't say. */
    private static final long RUN_MILLIS_MAX = 5000;

    private static final int LONGEST = 256;
    private static final int ARGUMENTS_SHOWN = 10;
    private static final String KILLED = "Script killed by user with SCRIPT KILL...";

    private final LockstepServer server;
    private final ScriptRunner runner;
    private final DebuggerInput input = new DebuggerInput();
    private final List<String> said = new ArrayList<>();
    private Client client;
    private List<byte[]> lines;
    private boolean showsCalls;
    private boolean isAlone;
    private boolean othersAreTold;
    private int longest;
    private boolean hasHinted;
    private long runsSinceNanos;

    Debugger(LockstepServer server, ScriptRunner runner) {
        this.server = server;
        this.runner = runner;
    }

    // ---- a session ----

    /** Whether a script is being debugged. */
    boolean isActive() {
        return client != null;
    }

    /** A client's script is going to run. */
    void begin(Client debugging, byte[] source) {
        client = debugging;
        lines = lines(source);
        input.clear();
        said.clear();
        showsCalls = false;
        isAlone = false;
        othersAreTold = false;
        longest = LONGEST;
        hasHinted = false;
        runsSinceNanos = System.nanoTime();
        client.connection().tap(new Commands(debugging));
        LOG.info("Redis synchronous debugging eval session started");
    }

    /** The script has ended, unless it had before. */
    void end() {
        if (client != null) {
            said.add("<endsession>");
            send();
            client = null;
            lines = null;
            LOG.info("Redis synchronous debugging eval session ended");
        }
    }

    /** Nobody debugs the script any more: it runs to its end. */
    void giveUp() {
        isAlone = true;
    }

    /** The lines of the script's source. */
    List<byte[]> lines() {
        return lines;
    }

    private static List<byte[]> lines(byte[] source) {
        String text = new String(source, StandardCharsets.ISO_8859_1).replaceFirst("[\r\n]+$", "");
        List<byte[]> lines = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            lines.add(line.getBytes(StandardCharsets.ISO_8859_1));
        }
        return lines;
    }

    // ---- what the client sends ----

    /** What arrives from a client, which may outlive its session by a little. */
    private final class Commands implements Connection.InputTap {
        private final Client from;

        Commands(Client from) {
            this.from = from;
        }

        @Override
        public void received(byte[] array, int offset, int length) {
            if (from == client) {
                input.add(array, offset, length);
            }
        }

        @Override
        public void closed() {
            if (from == client) {
                giveUp();
            }
        }
    }

    // ---- what the server does for the script ----

    /** The script calls a command. */
    void called(Request request) {
        if (!showsCalls || client == null) {
            return;
        }
        StringBuilder line = new StringBuilder("<redis>");
        for (int i = 0; i < request.argc() && i < ARGUMENTS_SHOWN; i++) {
            line.append(' ').append(latin1(request.copy(i)));
        }
        if (request.argc() > ARGUMENTS_SHOWN) {
            line.append(" ... (").append(request.argc() - ARGUMENTS_SHOWN - 1).append(" more)");
        }
        said.add(line.toString());
    }

    /** The command that it called could not be executed. */
    void failed(String error) {
        if (showsCalls && client != null) {
            said.add("<error> " + error);
        }
    }

    /** The command replied. */
    void replied(byte[] reply) {
        if (showsCalls && client != null) {
            String text = ReplyText.of(reply);
            if (reply[0] == '-') {
                failed(latin1(reply).lines().findFirst().orElse(""));
            }
            sayLimited("<reply> " + text);
        }
    }

    // ---- for debugger.lua ----

    Map<String, LuaVm.Function> functions(LuaVm vm) {
        Map<String, LuaVm.Function> functions = new LinkedHashMap<>();
        functions.put("log", from -> log(vm, from));
        functions.put("log_limited", from -> logLimited(vm, from));
        functions.put("send", from -> send());
        functions.put("receive", from -> receive(vm, from));
        functions.put("limit", from -> limit(vm, from));
        functions.put("show_calls", from -> showCalls(vm, from));
        functions.put("has_run_long", from -> hasRunLong(vm, from));
        functions.put("goes_on", from -> goesOn());
        return functions;
    }

    private int log(LuaVm vm, long from) {
        said.add(vm.text(from, 1));
        return 0;
    }

    private int logLimited(LuaVm vm, long from) {
        sayLimited(vm.text(from, 1));
        return 0;
    }

    private void sayLimited(String text) {
        if (longest == 0 || text.length() <= longest) {
            said.add(text);
            return;
        }
        said.add(text.substring(0, longest) + " ...");
        if (!hasHinted) {
            hasHinted = true;
            said.add("<hint> The above reply was trimmed. Use 'maxlen 0' to disable trimming.");
        }
    }

    /** Sends what was said since it was called last. */
    private int send() {
        Client to = client;
        if (to != null && !to.closed) {
            ReplyBuffer reply = new ReplyBuffer(1024);
            reply.array(said.size());
            for (String line : said) {
                reply.simple(line.replace('\r', ' ').replace('\n', ' '));
            }
            to.connection().send(reply.array(), 0, reply.length());
            to.connection().flush();
        }
        said.clear();
        return 0;
    }

    /** Waits for a command: pushes its words, or nil if there won't be one, or nil and why the script must end. */
    private int receive(LuaVm vm, long from) {
        List<byte[]> words = input.next();
        while (words == null && input.failure() == null && !isAlone && !isKilled()) {
            server.executor().longCommand().awaitTurn();
            tellOthers();
            words = input.next();
        }
        if (words == null) {
            vm.pushNil(from);
            String failure = isKilled() ? KILLED : input.failure();
            if (failure == null) {
                return 1;
            }
            input.clear();
            vm.push(from, failure);
            return 2;
        }
        vm.newTable(from, words.size(), 0);
        for (int i = 0; i < words.size(); i++) {
            vm.push(from, words.get(i), 0, words.get(i).length);
            vm.setElement(from, -2, i + 1);
        }
        return 1;
    }

    /** Whether others wait, who haven't been told yet why. */
    boolean keepsOthersWaiting() {
        return client != null && !othersAreTold;
    }

    /** Others have waited for long enough to be told why. */
    void tellOthers() {
        long threshold = server.config().monitoring.busyReplyThreshold.get();
        ScriptRun run = runner.running();
        if (!othersAreTold && threshold > 0 && run != null && run.elapsedMillis() >= threshold) {
            othersAreTold = true;
            server.pauses().lookAgain();
        }
    }

    private boolean isKilled() {
        return runner.running() != null && runner.running().killed;
    }

    /** Sets how many bytes of a value are shown at most, if a number is given; pushes how many are. */
    private int limit(LuaVm vm, long from) {
        if (vm.type(from, 1) == LuaVm.NUMBER) {
            longest = Math.max(0, (int) vm.number(from, 1));
            hasHinted = true;
        }
        vm.push(from, longest);
        return 1;
    }

    private int showCalls(LuaVm vm, long from) {
        showsCalls = vm.bool(from, 1);
        return 0;
    }

    private int hasRunLong(LuaVm vm, long from) {
        long threshold = server.config().monitoring.busyReplyThreshold.get();
        long most = threshold == 0 ? RUN_MILLIS_MAX : threshold;
        vm.push(from, (System.nanoTime() - runsSinceNanos) / 1_000_000 >= most);
        return 1;
    }

    private int goesOn() {
        runsSinceNanos = System.nanoTime();
        return 0;
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
