package dev.lockstep;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameEndingWith;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.lockstep.protocol.Decimal;
import dev.lockstep.server.Main;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/**
 * The fences of docs/architecture.md: what each module and package may know, where threads begin, where the process may
 * be ended or its output written to.
 */
class ArchitectureTest {
    private static final String PROTOCOL = "dev.lockstep.protocol..";
    private static final String KEYSPACE = "dev.lockstep.keyspace..";
    private static final String PERSISTENCE = "dev.lockstep.persistence..";
    private static final String REPLICATION = "dev.lockstep.replication..";
    private static final String SERVER = "dev.lockstep.server..";
    private static final String CONFIG = "dev.lockstep.server.config..";
    private static final String LOG = "dev.lockstep.server.log..";
    private static final String PROCESS = "dev.lockstep.server.process..";
    private static final String COMMAND = "dev.lockstep.server.command..";
    private static final String JDK = "java..";
    private static final String NETTY = "io.netty..";
    private static final String SLF4J = "org.slf4j..";

    /** What makes or wraps the threads of the process; docs/architecture.md tells what each thread does. */
    private static final Set<String> THREAD_OWNERS =
            Set.of(
                    "dev.lockstep.keyspace.ChunkSupply",
                    "dev.lockstep.persistence.RdbFile",
                    "dev.lockstep.server.ExecutorLoop",
                    "dev.lockstep.server.ExecutorLoop$Group",
                    "dev.lockstep.server.KeyspaceLoad",
                    "dev.lockstep.server.KeyspaceReads",
                    "dev.lockstep.server.KeyspaceSave",
                    "dev.lockstep.server.LockstepServer",
                    "dev.lockstep.server.aof.FileThread",
                    "dev.lockstep.server.Main",
                    "dev.lockstep.server.Migrations",
                    "dev.lockstep.server.process.Daemon",
                    "dev.lockstep.server.process.SystemdNotification",
                    "dev.lockstep.server.process.Watchdog",
                    "dev.lockstep.server.replication.IncomingSnapshot",
                    "dev.lockstep.server.replication.MasterConnector",
                    "dev.lockstep.server.tls.Tls",
                    "dev.lockstep.server.warmup.WarmUp");

    private static final JavaClasses ALL =
            new ClassFileImporter()
                    .withImportOption(new ImportOption.DoNotIncludeTests())
                    .importPackages("dev.lockstep");

    // ---- modules ----

    @Test
    void theProtocolKnowsOnlyTheJdk() {
        classes()
                .that()
                .resideInAPackage(PROTOCOL)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(PROTOCOL, JDK)
                .check(ALL);
    }

    /** Sorted sets keep scores as the text that replies have. */
    @Test
    void theKeyspaceKnowsHowNumbersAreWrittenAndTheJdk() {
        classes()
                .that()
                .resideInAPackage(KEYSPACE)
                .should()
                .onlyDependOnClassesThat(
                        resideInAPackage(KEYSPACE)
                                .or(resideInAPackage(JDK))
                                .or(belongToAnyOf(Decimal.class)))
                .check(ALL);
    }

    /** An append-only file consists of requests. */
    @Test
    void persistenceKnowsTheKeyspaceAndTheProtocol() {
        classes()
                .that()
                .resideInAPackage(PERSISTENCE)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(PERSISTENCE, KEYSPACE, PROTOCOL, JDK, SLF4J)
                .check(ALL);
    }

    @Test
    void replicationKnowsPersistenceTheProtocolAndNetty() {
        classes()
                .that()
                .resideInAPackage(REPLICATION)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(REPLICATION, PERSISTENCE, PROTOCOL, NETTY, JDK, SLF4J)
                .check(ALL);
    }

    // ---- inside the server module ----

    @Test
    void whatTheServerIsStartedWithKnowsNothingOfIt() {
        noClasses()
                .that()
                .resideInAnyPackage(CONFIG, LOG, PROCESS)
                .should()
                .dependOnClassesThat(
                        resideInAPackage(SERVER)
                                .and(not(resideInAPackage(CONFIG)))
                                .and(not(resideInAPackage(LOG)))
                                .and(not(resideInAPackage(PROCESS))))
                .check(ALL);
        noClasses()
                .that()
                .resideInAPackage(PROCESS)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(CONFIG, LOG)
                .check(ALL);
        noClasses()
                .that()
                .resideInAPackage(LOG)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(CONFIG)
                .check(ALL);
    }

    /**
     * The server package, its commands, its connections and its side of replication call each other: one owner thread runs
     * them all, and {@link dev.lockstep.server.LockstepServer} is where they meet. Nothing else is in a cycle.
     */
    @Test
    void onlyThePartsOfTheRunningServerCallEachOther() {
        slices().matching("dev.lockstep.(*)..").should().beFreeOfCycles().check(ALL);
        slices().matching("dev.lockstep.server.(config|log|process)..")
                .should()
                .beFreeOfCycles()
                .check(ALL);
    }

    @Test
    void commandsKnowNoSockets() {
        noClasses()
                .that()
                .resideInAPackage(COMMAND)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(NETTY)
                .check(ALL);
    }

    // ---- the process ----

    @Test
    void outputIsWrittenByTheLogAndByWhatStartsTheProcess() {
        noClasses()
                .that()
                .resideOutsideOfPackages(LOG, PROCESS)
                .and(not(belongToAnyOf(Main.class)))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .check(ALL);
    }

    @Test
    void theProcessIsEndedByWhatStartedItAndByShutdown() {
        noClasses()
                .that()
                .resideOutsideOfPackage(PROCESS)
                .and(not(belongToAnyOf(Main.class)))
                .and()
                .doNotHaveFullyQualifiedName("dev.lockstep.server.Shutdown")
                .and()
                .doNotHaveFullyQualifiedName("dev.lockstep.server.command.DebugCommand")
                .should()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .check(ALL);
    }

    @Test
    void nothingSleeps() {
        noClasses()
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Thread.class, "sleep", long.class, int.class)
                .check(ALL);
    }

    @Test
    void threadsBeginOnlyWhereTheArchitectureSays() {
        Set<String> owners = new TreeSet<>();
        for (JavaClass each : ALL) {
            for (JavaConstructorCall call : each.getConstructorCallsFromSelf()) {
                if (call.getTargetOwner().isAssignableTo(Thread.class)
                        || call.getTargetOwner().getName().endsWith("EventLoopGroup")) {
                    owners.add(each.getName());
                }
            }
            if (each.getMethodCallsFromSelf().stream()
                    .anyMatch(call -> call.getTargetOwner().isEquivalentTo(Executors.class))) {
                owners.add(each.getName());
            }
        }
        assertEquals(new TreeSet<>(THREAD_OWNERS), owners);
    }

    /** Files, replies and log lines look the same in every locale: not all have the digits 0 to 9. */
    @Test
    void nothingDependsOnTheLocale() {
        noClasses()
                .should()
                .callMethod(String.class, "format", String.class, Object[].class)
                .orShould()
                .callMethod(String.class, "formatted", Object[].class)
                .orShould()
                .callMethod(String.class, "toLowerCase")
                .orShould()
                .callMethod(String.class, "toUpperCase")
                .check(ALL);
    }

    // ---- names ----

    @Test
    void namesSayWhatAThingIs() {
        DescribedPredicate<JavaClass> vague =
                simpleNameEndingWith("Manager")
                        .or(simpleNameEndingWith("Helper"))
                        .or(simpleNameEndingWith("Util"))
                        .or(simpleNameEndingWith("Utils"))
                        .or(simpleNameEndingWith("Impl"));
        noClasses().should(be(vague)).check(ALL);
    }
}
