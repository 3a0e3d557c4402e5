package dev.lockstep.server.info;

import dev.lockstep.server.LockstepServer;
import dev.lockstep.server.config.Configuration;
import dev.lockstep.server.process.CpuTimes;
import dev.lockstep.server.process.ProcessFacts;
import dev.lockstep.server.process.Supervision;
import dev.lockstep.server.process.Version;
import java.security.SecureRandom;
import java.util.HexFormat;

/** INFO server and cpu: the process, where it runs and where it listens. */
final class ServerSection {
    private static final int RUN_ID_BYTES = 20;
    private static final long SECONDS_PER_DAY = 86_400;

    private final LockstepServer server;
    private final Configuration config;
    private final String runId;
    private final String supervised;

    /** The part of the section that never changes; made when it is first asked for. */
    private String executable;

    private long mainThread;

    ServerSection(LockstepServer server) {
        this.server = server;
        this.config = server.config();
        byte[] random = new byte[RUN_ID_BYTES];
        new SecureRandom().nextBytes(random);
        runId = HexFormat.of().formatHex(random);
        supervised = Supervision.effective(config.general.supervised.text(), System.getenv());
    }

    void server(InfoSection section) {
        if (executable == null) {
            executable = ProcessFacts.executable();
        }
        long now = server.clock().millis();
        long upSeconds = (now - server.startedMillis()) / 1000;
        section.field("redis_version", Version.REDIS)
                .field("server_name", "lockstep")
                .field("lockstep_version", Version.LOCKSTEP)
                .field("redis_git_sha1", "00000000")
                .field("redis_git_dirty", 0)
                .field("redis_build_id", "0")
                .field("redis_mode", "standalone")
                .field("os", ProcessFacts.operatingSystem())
                .field("arch_bits", 64)
                .field("monotonic_clock", ProcessFacts.monotonicClock())
                .field("multiplexing_api", server.transport().apiName())
                .field("atomicvar_api", "java-varhandle")
                .field("gcc_version", ProcessFacts.gccVersion())
                .field("process_id", ProcessFacts.pid())
                .field("process_supervised", supervised)
                .field("run_id", runId)
                .field("tcp_port", config.anyPort())
                .field("server_time_usec", System.currentTimeMillis() * 1000)
                .field("uptime_in_seconds", upSeconds)
                .field("uptime_in_days", upSeconds / SECONDS_PER_DAY)
                .field("hz", config.general.hz.get())
                .field("configured_hz", config.general.hz.get())
                .field("lru_clock", now / 1000 & 0xffffff)
                .field("executable", executable)
                .field("config_file", config.file() == null ? "" : config.file().toString())
                .field("io_threads_active", config.network.ioThreads.get() > 1);
        if (server.shutdown().isInProgress()) {
            section.field("shutdown_in_milliseconds", server.shutdown().remainingMillis());
        }
        listeners(section);
    }

    /** Each kind has its number, whether there are others or not. */
    private void listeners(InfoSection section) {
        if (config.network.port.get() != 0) {
            section.field("listener0", "name=tcp" + addresses(config.network.port.get()));
        }
        if (!config.network.unixSocket.isEmpty()) {
            section.field("listener1", "name=unix,bind=" + config.network.unixSocket.text());
        }
        if (config.tls.port.get() != 0) {
            section.field("listener2", "name=tls" + addresses(config.tls.port.get()));
        }
    }

    private String addresses(int port) {
        StringBuilder text = new StringBuilder();
        config.network.bind.get().forEach(address -> text.append(",bind=").append(address));
        return text.append(",port=").append(port).toString();
    }

    /** Processor time; there are no child processes. */
    void cpu(InfoSection section) {
        if (mainThread == 0) {
            mainThread = ProcessFacts.threadId();
        }
        CpuTimes all = ProcessFacts.cpuTimes();
        CpuTimes main = ProcessFacts.cpuTimes(mainThread);
        section.field("used_cpu_sys", all.systemSeconds(), 6)
                .field("used_cpu_user", all.userSeconds(), 6)
                .field("used_cpu_sys_children", 0.0, 6)
                .field("used_cpu_user_children", 0.0, 6)
                .field("used_cpu_sys_main_thread", main.systemSeconds(), 6)
                .field("used_cpu_user_main_thread", main.userSeconds(), 6);
    }
}
