-- The debugger of scripts: stops them at their lines, and lets whoever debugs them see where they are and what they hold.
-- Takes what it talks through, and the parts of the sandbox that it looks into; returns its functions.
local io, sandbox = ...

local byte, find, format, gsub, lower = string.byte, string.find, string.format, string.gsub, string.lower
local concat, match, abs = table.concat, string.match, math.abs
local getinfo, getlocal, sethook = debug.getinfo, debug.getlocal, debug.sethook
local error, ipairs, next, pcall, rawget, select, setfenv, tonumber, tostring, type, unpack = error, ipairs, next, pcall,
    rawget, select, setfenv, tonumber, tostring, type, unpack

local SCRIPT = 'user_script'
local INSTRUCTIONS_PER_TICK = 100000
local DEEPEST = 10
local BREAKPOINTS_MAX = 64
local CONTEXT = 5
local LONGEST_LEAST = 60

-- The script's source, the line it is at, and where it is to stop: at the next line, at the lines noted, where it asked for it.
local lines, line
local stepping, breakpoints, asked

local function raise(text)
    error({err = 'ERR ' .. text}, 0)
end

-- ---- values ----

local ESCAPED = {['\\'] = '\\\\', ['"'] = '\\"', ['\n'] = '\\n', ['\r'] = '\\r', ['\t'] = '\\t', ['\a'] = '\\a',
    ['\b'] = '\\b'}

local function escape(letter)
    return ESCAPED[letter] or format('\\x%02x', byte(letter))
end

local function quoted(text)
    return '"' .. gsub(text, '[%z%c"\\\128-\255]', escape) .. '"'
end

local shown

local function shown_table(value, depth)
    local elements, fields, is_array, expected = {}, {}, true, 1
    for key, element in next, sandbox.contents_of(value) or value do
        local text = shown(element, depth)
        is_array = is_array and key == expected
        elements[expected] = text
        fields[expected] = '[' .. shown(key, depth) .. ']=' .. text
        expected = expected + 1
    end
    return '{' .. concat(is_array and elements or fields, '; ') .. '}'
end

function shown(value, depth)
    local kind = type(value)
    if depth == DEEPEST then
        return '<max recursion level reached! Nested table?>'
    elseif kind == 'string' then
        return quoted(value)
    elseif kind == 'number' then
        return format('%g', value)
    elseif kind == 'table' then
        return shown_table(value, depth + 1)
    elseif kind == 'nil' or kind == 'boolean' then
        return tostring(value)
    end
    return '"' .. gsub(tostring(value), ': ', '@') .. '"'
end

-- ---- the source ----

local function log_line(number)
    local mark = breakpoints[number] and '  #' or '   '
    if number == line then
        mark = breakpoints[number] and '->#' or '-> '
    end
    io.log(format('%s%-3d ', mark, number) .. (lines[number] or '<out of range source code line>'))
end

local function list(around, context)
    for number = 1, #lines do
        if around == 0 or abs(around - number) <= context then
            log_line(number)
        end
    end
end

local function breakpoint_lines()
    local numbers = {}
    for number = 1, #lines do
        if breakpoints[number] then
            numbers[#numbers + 1] = number
        end
    end
    return numbers
end

-- ---- commands ----

local hook

-- The level, for the caller, of the function that was stopped.
local function stopped_level()
    local level = 2
    while getinfo(level, 'f').func ~= hook do
        level = level + 1
    end
    return level
end

-- The number that a text begins with, or 0.
local function leading_number(text)
    local digits = text and match(text, '^%s*([-+]?%d+)')
    return digits and tonumber(digits) or 0
end

local commands = {}

local function define(letter, word, command)
    commands[letter] = command
    commands[word] = command
end

local HELP = {
    'Commands of the debugger, by their first letter or in full:',
    '[s]tep, [n]ext       Run this line, and stop at the next one.',
    '[c]ontinue           Run until there is another reason to stop.',
    '[l]ist [line [ctx]]  Show the source around this line or another one, as many',
    '                     lines before and after it as ctx says.',
    '[w]hole              Show all of the source.',
    '[p]rint [name]       Show the local variables, or one of them, or KEYS or ARGV.',
    '[b]reak              Show where the script will stop.',
    '[b]reak line ...     Have it stop at a line; -line takes that back, 0 all.',
    '[t]race              Show the functions that are being called.',
    '[e]val code          Run Lua code, which sees no local variables.',
    '[r]edis command      Run a command of the server.',
    '[m]axlen [bytes]     Show no more than so many bytes of a value, with 0 all.',
    '[a]bort              End the script here. What it has changed stays changed.',
    '',
    'What scripts can call for the debugger:',
    'redis.debug(...)     Shows values.',
    'redis.breakpoint()   Stops at the next line.',
}

define('h', 'help', function()
    for _, text in ipairs(HELP) do
        io.log(text)
    end
end)

define('l', 'list', function(words)
    local around = leading_number(words[2])
    list(around ~= 0 and around or line, words[3] and leading_number(words[3]) or CONTEXT)
end)

define('w', 'whole', function()
    list(0, 0)
end)

-- Whether a variable of this name was found at a level, and shown.
local function print_local(level, wanted)
    local index = 1
    local name, value = getlocal(level + 1, index)
    while name do
        if name == wanted then
            io.log_limited('<value> ' .. shown(value, 0))
            return true
        end
        index = index + 1
        name, value = getlocal(level + 1, index)
    end
    return false
end

local function print_named(wanted, level)
    level = level + 1
    while getinfo(level, 'f') do
        if print_local(level, wanted) then
            return
        end
        level = level + 1
    end
    if wanted == 'KEYS' or wanted == 'ARGV' then
        io.log_limited('<value> ' .. shown(rawget(sandbox.globals, wanted), 0))
    else
        io.log('No such variable.')
    end
end

define('p', 'print', function(words)
    local level = stopped_level()
    if #words == 2 then
        print_named(words[2], level)
        return
    end
    local index, count = 1, 0
    local name, value = getlocal(level, index)
    while name do
        if not find(name, '(*temporary)', 1, true) then
            io.log_limited('<value> ' .. name .. ' = ' .. shown(value, 0))
            count = count + 1
        end
        index = index + 1
        name, value = getlocal(level, index)
    end
    if count == 0 then
        io.log('No local variables in the current context.')
    end
end)

local function set_breakpoint(number)
    if #breakpoint_lines() == BREAKPOINTS_MAX then
        io.log('Too many breakpoints set.')
    elseif not lines[number] or breakpoints[number] then
        io.log('Wrong line number.')
    else
        breakpoints[number] = true
        list(number, 1)
    end
end

local function change_breakpoint(word)
    local number = match(word, '^-?%d+$') and tonumber(word)
    if not number then
        io.log("Invalid argument:'" .. word .. "'")
    elseif number == 0 then
        breakpoints = {}
        io.log('All breakpoints removed.')
    elseif number > 0 then
        set_breakpoint(number)
    else
        io.log(breakpoints[-number] and 'Breakpoint removed.' or 'No breakpoint in the specified line.')
        breakpoints[-number] = nil
    end
end

define('b', 'break', function(words)
    for i = 2, #words do
        change_breakpoint(words[i])
    end
    if #words > 1 then
        return
    end
    local numbers = breakpoint_lines()
    if #numbers == 0 then
        io.log("No breakpoints set. Use 'b <line>' to add one.")
        return
    end
    io.log(#numbers .. ' breakpoints set:')
    for _, number in ipairs(numbers) do
        log_line(number)
    end
end)

define('t', 'trace', function()
    local level = stopped_level()
    local says = 'In '
    local info = getinfo(level, 'Snl')
    while info do
        if find(info.short_src, SCRIPT, 1, true) then
            io.log(says .. (info.name or 'top level') .. ':')
            log_line(info.currentline)
        end
        says = 'From '
        level = level + 1
        info = getinfo(level, 'Snl')
    end
end)

define('e', 'eval', function(words)
    local code = concat(words, ' ', 2)
    local chunk = sandbox.compile('return ' .. code, '@ldb_eval')
    local failure
    if not chunk then
        chunk, failure = sandbox.compile(code, '@ldb_eval')
    end
    if not chunk then
        io.log('<error> ' .. failure)
        return
    end
    local succeeded, value = pcall(setfenv(chunk, sandbox.environment))
    if succeeded then
        io.log_limited('<retval> ' .. shown(value, 0))
    else
        io.log('<error> ' .. tostring(type(value) == 'table' and value.err or value))
    end
end)

define('r', 'redis', function(words)
    io.show_calls(true)
    pcall(sandbox.call, unpack(words, 2))
    io.show_calls(false)
end)

define('m', 'maxlen', function(words)
    local longest
    if #words == 2 then
        local wanted = leading_number(words[2])
        longest = io.limit(wanted > 0 and wanted <= LONGEST_LEAST and LONGEST_LEAST or wanted)
    else
        longest = io.limit()
    end
    io.log(longest == 0 and '<value> replies are unlimited.'
        or format('<value> replies are truncated at %d bytes.', longest))
end)

define('a', 'abort', function()
    raise('script aborted for user request')
end)

local RESUMES = {s = true, step = true, n = true, next = true, c = false, continue = false}

-- Does what it is told until the script may go on; false if there is nobody any more to tell it.
local function converse()
    while true do
        local words, failure = io.receive()
        if failure then
            raise(failure)
        elseif not words then
            stepping = false
            breakpoints = {}
            return false
        end
        local word = lower(words[1])
        if RESUMES[word] ~= nil then
            stepping = RESUMES[word]
            io.show_calls(stepping)
            return true
        end
        local command = commands[word]
        if not command or command == commands.r and #words == 1 then
            io.log('<error> Unknown Redis Lua debugger command or wrong number of arguments.')
        else
            command(words)
        end
        io.send()
    end
end

-- ---- stopping ----

-- Why to stop, or nil.
local function reason(event)
    if asked then
        return 'redis.breakpoint() called'
    elseif breakpoints[line] then
        return 'break point'
    elseif stepping then
        return 'step over'
    elseif event == 'count' and io.has_run_long() then
        return 'timeout reached, infinite loop?', true
    end
end

function hook(event)
    if event == 'count' then
        sandbox.tick()
    end
    local info = getinfo(2, 'Sl')
    if not find(info.short_src, SCRIPT, 1, true) then
        return
    end
    line = info.currentline
    local why, is_late = reason(event)
    if not why then
        return
    end
    asked = false
    stepping = false
    io.show_calls(false)
    io.log('* Stopped at ' .. line .. ', stop reason = ' .. why)
    log_line(line)
    io.send()
    if not converse() and is_late then
        raise('timeout during Lua debugging with client closing connection')
    end
    io.goes_on()
end

local debugger = {}

-- Has the script that is called next stop at its first line.
function debugger.begin(source)
    lines, line, breakpoints, asked, stepping = source, 0, {}, false, true
    io.show_calls(true)
    sethook(hook, 'l', INSTRUCTIONS_PER_TICK)
end

-- Coroutines have a hook of their own.
function debugger.watch()
    sethook(hook, 'l', INSTRUCTIONS_PER_TICK)
end

function debugger.breakpoint()
    asked = true
end

-- Shows values to whoever debugs the script.
function debugger.show(...)
    local texts = {}
    for i = 1, select('#', ...) do
        texts[i] = shown((select(i, ...)), 0)
    end
    io.log('<debug> line ' .. line .. ': ' .. concat(texts, ', '))
end

return debugger
