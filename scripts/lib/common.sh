# shellcheck shell=bash
# Sourced by the scripts: where the project lives, how its server is started, and the JVM options it is started with.
# Everything that knows about the jar, the heap or the collector is in this file and nowhere else.

PROJECT_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034  # read by the scripts that source this file
CACHE_DIR=$PROJECT_DIR/.cache
JAR=$PROJECT_DIR/server/target/lockstep.jar

die() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# The Java to run: $JAVA_HOME's, or the one on the PATH.
java_command() {
    if [[ -n ${JAVA_HOME:-} && -x $JAVA_HOME/bin/java ]]; then
        echo "$JAVA_HOME/bin/java"
    else
        command -v java || die "no java found: install a Java 17 or newer, or set JAVA_HOME"
    fi
}

# Heap in MiB: $LOCKSTEP_HEAP (512m, 4g), or half of the memory that is available now, at least 256 MiB.
# A container's limit counts where it is lower than the machine's memory.
heap_mib() {
    local available_kib limit=max limit_file
    if [[ -n ${LOCKSTEP_HEAP:-} ]]; then
        [[ $LOCKSTEP_HEAP =~ ^([1-9][0-9]{0,6})([mMgG])$ ]] ||
            die "LOCKSTEP_HEAP is '$LOCKSTEP_HEAP': give it as 512m or 4g"
        case ${BASH_REMATCH[2]} in
            [gG]) echo $((BASH_REMATCH[1] * 1024)) ;;
            [mM]) echo "${BASH_REMATCH[1]}" ;;
        esac
        return
    fi
    available_kib=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
    for limit_file in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
        if [[ -r $limit_file ]]; then
            limit=$(cat "$limit_file")
            break
        fi
    done
    if [[ $limit != max ]] && ((limit / 1024 < available_kib)); then
        available_kib=$((limit / 1024))
    fi
    local mib=$((available_kib / 2048))
    echo $((mib < 256 ? 256 : mib))
}

# Sets JAVA_OPTIONS for a server that holds data.
#
# The data lives in byte arrays of exactly 4 MiB. With regions of 4 MiB each of them is a humongous object which fills
# one region: the collector never copies it and no space is lost. Such arrays count as old from the start, so each new
# one may begin a concurrent cycle once the heap is filled over the threshold; with a heap that is mostly live data
# the cycle finds nothing, hence the high threshold. Huge pages are left off: they make random access faster, but the
# kernel compacts memory when a page is first touched, which held clients up for tens of milliseconds under a snapshot.
# -Xms is small: the heap grows as the data does.
java_options() {
    local heap
    heap=$(heap_mib)
    JAVA_OPTIONS=(
        "-Xms$((heap < 256 ? heap : 256))m"
        "-Xmx${heap}m"
        -XX:+UseG1GC
        -XX:G1HeapRegionSize=4m
        -XX:MaxGCPauseMillis=10
        -XX:InitiatingHeapOccupancyPercent=85
        -XX:-G1UseAdaptiveIHOP
        -XX:-UsePerfData
    )
    if [[ -n ${LOCKSTEP_JAVA_OPTIONS:-} ]]; then
        read -r -a extra <<<"$LOCKSTEP_JAVA_OPTIONS"
        JAVA_OPTIONS+=("${extra[@]}")
    fi
}

# Sets JAVA_OPTIONS for the many short-lived servers of a test suite: quick to start, little memory, one thread less
# for everything, assertions on.
java_test_options() {
    JAVA_OPTIONS=(
        "-Xmx${LOCKSTEP_HEAP:-1300m}"
        -XX:+UseSerialGC
        -XX:TieredStopAtLevel=1
        -XX:-UsePerfData
        -Xshare:auto
        -ea
    )
}

# Whether the jar is missing or older than a source or a pom.
jar_is_stale() {
    [[ ! -f $JAR ]] && return 0
    [[ -n $(find "$PROJECT_DIR"/pom.xml "$PROJECT_DIR"/*/pom.xml "$PROJECT_DIR"/*/src/main -type f -newer "$JAR" -print -quit) ]]
}

# Builds the jar without running any test, when that is needed. Says so: the first build takes a minute.
build_if_needed() {
    if jar_is_stale; then
        command -v mvn >/dev/null || die "no mvn found: install Maven (apt-get install maven) to build the server"
        echo "Building $JAR ..." >&2
        (cd "$PROJECT_DIR" && mvn -B -q -DskipTests package >&2)
    fi
}

# Sets SERVER to the command that starts the server under test: $LOCKSTEP_SERVER as it is, else Java on the jar with
# the options that the given function (java_options, java_test_options) chooses.
server_command() {
    if [[ -n ${LOCKSTEP_SERVER:-} ]]; then
        read -r -a SERVER <<<"$LOCKSTEP_SERVER"
    else
        build_if_needed
        "$1"
        # shellcheck disable=SC2034  # read by the scripts that source this file
        SERVER=("$(java_command)" "${JAVA_OPTIONS[@]}" -jar "$JAR")
    fi
}

# Runs a command as root: directly, or through sudo where that needs no password.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

# Installs those of the given Debian packages whose program is missing. Arguments: program=package ...
# A package that starts a service is told not to: the tests start the servers that they need themselves.
install_missing() {
    local pair packages=()
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null || packages+=("${pair#*=}")
    done
    ((${#packages[@]} == 0)) && return 0
    echo "Installing ${packages[*]} ..." >&2
    command -v apt-get >/dev/null || die "missing ${packages[*]}, and there is no apt-get to install them"
    local policy=/usr/sbin/policy-rc.d added_policy=no
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy" && added_policy=yes
    fi
    local status=0
    as_root apt-get update -q >&2 || status=$?
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}" >&2 || status=$?
    [[ $added_policy == yes ]] && as_root rm -f "$policy"
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null || die "could not install ${pair#*=} (apt-get ended with status $status)"
    done
}
