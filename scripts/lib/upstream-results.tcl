# Reads the logs of upstream's test runner, compares them with the expectations and prints the outcome.
# Called by scripts/upstream-suite:
#
#   upstream-results.tcl TREE EXPECTATIONS RESULTS MODE REASON UNIT=LOG ...
#
# TREE          upstream's source tree; its test files tell which tests should have run
# EXPECTATIONS  lines `unit | test | reason`, or `unit | * | reason` for a whole unit
# RESULTS       file to write: unit, test, status, first line of the error, separated by tabs
# MODE          full | skip-expected | partial. Only "full" can tell a stale entry or a test that never ran.
# REASON        when not empty, EXPECTATIONS is rewritten: new failures enter with this reason, stale entries leave
#
# A test's status is the worst of its runs (loops reuse names): ok, skip, ignore, notrun, err.
# Exit code 0 when nothing unexpected happened, 1 otherwise.

set outside "(outside of a test)"
set severity {ok 0 skip 1 ignore 2 notrun 3 err 4}

# The one place that decides what a line of the log means. Returns a list of events {kind name text}.
proc read_events log {
    set fd [open $log r]
    fconfigure $fd -encoding binary
    set lines [split [read $fd] "\n"]
    close $fd
    set events {}
    set error_open 0
    foreach line $lines {
        if {[regexp {^\[(testing|ok|err|skip|ignore|exception|TIMEOUT)\]: ?(.*)$} $line _ kind text]} {
            set error_open [expr {$kind in {err exception TIMEOUT}}]
            if {$kind eq "ok"} {
                regsub { \([0-9]+ ms\)$} $text {} text
            }
            lappend events [list $kind $text]
        } elseif {[regexp {^\[(ready|[0-9]+/[0-9]+ done)\]} $line] || [string match "*The End*" $line]} {
            set error_open 0
            if {[string match "*The End*" $line]} {
                lappend events {end {}}
                break
            }
        } elseif {$error_open} {
            lset events end 1 "[lindex $events end 1]\n$line"
        }
    }
    return $events
}

# Adds to the array "status" (unit,test -> status) and "message" (unit,test -> text) what one unit's log says.
proc read_log {unit log} {
    global outside
    set running {}
    set ended 0
    foreach event [read_events $log] {
        lassign $event kind text
        switch $kind {
            testing { lappend running $text }
            ok {
                note $unit $text ok {}
                set running [lsearch -all -inline -not -exact $running $text]
            }
            skip { note $unit $text skip {} }
            ignore {
                regsub {: (Tag|Not supported|large memory).*$} $text {} name
                if {![regexp {^(Tag|Not supported|large memory)} $name]} {
                    note $unit $name ignore {}
                }
            }
            err {
                set text [string map [list \r {}] $text]
                if {[regexp {^([^\n]*) in tests/[^\n]*\.tcl\n?(.*)$} $text _ name rest]} {
                    note $unit $name err $rest
                    set running [lsearch -all -inline -not -exact $running $name]
                } else {
                    note $unit [current $running] err $text
                }
            }
            exception { note $unit [current $running] err "the unit was aborted: $text" }
            TIMEOUT { note $unit [current $running] err "no progress, the unit was given up: $text" }
            end { set ended 1 }
        }
    }
    if {!$ended} {
        note $unit [current $running] err "the runner stopped before the end of the unit"
    }
}

proc current running {
    global outside
    return [expr {[llength $running] ? [lindex $running end] : $outside}]
}

proc note {unit test status text} {
    global statuses messages severity order
    set key [list $unit $test]
    if {![info exists statuses($key)]} {
        set statuses($key) $status
        lappend order $key
    } elseif {[dict get $severity $status] > [dict get $severity $statuses($key)]} {
        set statuses($key) $status
    }
    if {$status eq "err" && ![info exists messages($key)]} {
        set messages($key) $text
    }
}

# Notes the tests which the unit's file contains but which left no trace in the log. Names with variables in them
# count as run when any name in the log matches.
proc note_tests_never_run {tree unit} {
    global statuses
    set fd [open $tree/tests/$unit.tcl r]
    fconfigure $fd -encoding binary
    set source [read $fd]
    close $fd
    set seen {}
    foreach key [array names statuses] {
        if {[lindex $key 0] eq $unit} {
            lappend seen [lindex $key 1]
        }
    }
    foreach {_ braced quoted} [regexp -all -inline -line {^\s*test (?:\{([^\n]*?)\}|"([^"\n]*)") (?:\{|\\)} $source] {
        if {$braced ne ""} {
            set name $braced
            set pattern [string map {* \\* ? \\? [ \\[ ] \\] \\ \\\\} $name]
        } else {
            set name $quoted
            regsub -all {\$\{?[a-zA-Z_:]+(\([^)]*\))?\}?|\[[^]]*\]} $name {*} pattern
        }
        if {[lsearch -glob $seen $pattern] < 0 && [lsearch -exact $seen $name] < 0} {
            note $unit $name notrun {}
        }
    }
}

# Returns the dictionary {unit test} -> reason, and leaves the leading comment in "header".
proc read_expectations file {
    global header
    set header {}
    set entries [dict create]
    if {![file exists $file]} {
        return $entries
    }
    set fd [open $file r]
    fconfigure $fd -encoding binary
    foreach line [split [read $fd] "\n"] {
        if {[string match "#*" $line]} {
            lappend header $line
        } elseif {[regexp {^(\S+) \| (.*) \| (.*?)$} $line _ unit test reason]} {
            dict set entries [list $unit $test] $reason
        } elseif {[string trim $line] ne ""} {
            puts stderr "$file: not `unit | test | reason`: $line"
            exit 1
        }
    }
    close $fd
    return $entries
}

proc write_expectations {file entries} {
    global header
    set fd [open $file w]
    fconfigure $fd -encoding binary
    foreach line $header {
        puts $fd $line
    }
    dict for {key reason} $entries {
        puts $fd "[lindex $key 0] | [lindex $key 1] | $reason"
    }
    close $fd
}

proc expected {entries key} {
    return [expr {[dict exists $entries $key] || [dict exists $entries [list [lindex $key 0] *]]}]
}

proc status_of key {
    global statuses
    return [expr {[info exists statuses($key)] ? $statuses($key) : "unknown"}]
}

proc show {title keys with_message} {
    global messages
    if {![llength $keys]} return
    puts "\n$title ([llength $keys]):"
    foreach key $keys {
        puts "  [lindex $key 0] | [lindex $key 1][expr {[status_of $key] eq "notrun" ? "  (never ran)" : ""}]"
        if {$with_message && [info exists messages($key)]} {
            foreach line [lrange [split [string trim $messages($key)] "\n"] 0 7] {
                puts "      [string range $line 0 299]"
            }
        }
    }
}

lassign $argv tree expectations results mode reason
set header {}
set order {}
set entries [read_expectations $expectations]
set units {}
foreach pair [lrange $argv 5 end] {
    regexp {^([^=]*)=(.*)$} $pair _ unit log
    lappend units $unit
    read_log $unit $log
    if {$mode ne "partial"} {
        note_tests_never_run $tree $unit
    }
}

set passed {}
set skipped {}
set failed {}
set expected_failures {}
set stale {}
set fd [open $results w]
fconfigure $fd -encoding binary
foreach key $order {
    set status $statuses($key)
    set text [expr {[info exists messages($key)] ? [lindex [split [string trim $messages($key)] "\n"] 0] : {}}]
    puts $fd [join [list {*}$key $status $text] "\t"]
    switch $status {
        ok {
            lappend passed $key
            if {[dict exists $entries $key]} {
                lappend stale $key
            }
        }
        skip - ignore { lappend skipped $key }
        err - notrun {
            if {[expected $entries $key]} {
                lappend expected_failures $key
            } else {
                lappend failed $key
            }
        }
    }
}
close $fd
if {$mode eq "full"} {
    foreach key [dict keys $entries] {
        lassign $key unit test
        if {$unit in $units && $test ne "*" && ![info exists statuses($key)]} {
            lappend stale $key
        }
    }
}

show "Expected failures" $expected_failures 0
show "UNEXPECTED FAILURES" $failed 1
show "Entries of [file tail $expectations] to remove: these pass, or do not exist" $stale 0
puts "\n[llength $passed] passed, [llength $failed] failed, [llength $expected_failures] expected failures,\
    [llength $skipped] skipped, [llength $stale] stale entries"

if {$reason ne ""} {
    foreach key $stale {
        dict unset entries $key
    }
    foreach key $failed {
        dict set entries $key $reason
    }
    set sorted [dict create]
    foreach key [lsort -command {apply {{a b} {string compare [lindex $a 0] [lindex $b 0]}}} [dict keys $entries]] {
        dict set sorted $key [dict get $entries $key]
    }
    write_expectations $expectations $sorted
    puts "$expectations: [llength $failed] entries added, [llength $stale] removed"
    exit 0
}
exit [expr {[llength $failed] || [llength $stale]}]
