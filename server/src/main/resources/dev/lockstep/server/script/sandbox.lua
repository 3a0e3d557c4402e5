-- Runs once in a new Lua state and closes it off: builds the globals that scripts see, none of which they can change, and
-- the tables redis, bit, cjson, cmsgpack and struct. Takes the functions that the server provides; returns what it needs to
-- run scripts.
local host = ...

local error, type, tostring, pairs, next, select = error, type, tostring, pairs, next, select
local setmetatable, getmetatable, rawset, rawget = setmetatable, getmetatable, rawset, rawget
local tonumber, unpack, pcall = tonumber, unpack, pcall
local byte, rep, gsub, floor = string.byte, string.rep, string.gsub, math.floor
local create, wrap, concat = coroutine.create, coroutine.wrap, table.concat
local sethook, getinfo, setfenv = debug.sethook, debug.getinfo, setfenv

-- Numbers are written and read with a point, whatever the machine's language.
os.setlocale('C', 'numeric')

local READONLY = 'Attempt to modify a readonly table'
local INSTRUCTIONS_PER_TICK = 100000
local UNPACKED_MAX = 8000
local REPEATED_BYTES_MAX = 512 * 1024 * 1024

-- A table that must not change is shown as an empty one in front of it. What lies behind, and the metatables to show:
local behind = setmetatable({}, {__mode = 'k'})
local shown_metatables = setmetatable({}, {__mode = 'k'})

local function refuse()
    error(READONLY, 2)
end

-- What is made when it is first asked for: from the contents of a table to the function that fills it.
local unfilled = setmetatable({}, {__mode = 'k'})

-- What lies behind a table that must not change, or nil if it may.
local function contents_of(t)
    local contents = behind[t]
    local fill = contents and unfilled[contents]
    if fill then
        fill(contents)
        unfilled[contents] = nil
        setmetatable(contents, nil)
    end
    return contents
end

local function readonly(contents)
    local front = setmetatable({}, {__index = contents, __newindex = refuse})
    behind[front] = contents
    return front
end

local function readonly_later(fill)
    local contents = {}
    local front = readonly(contents)
    unfilled[contents] = fill
    setmetatable(contents, {__index = function(_, name)
        return rawget(contents_of(front), name)
    end})
    return front
end

-- ---- ending what runs too long ----

local function hook()
    if host.tick() then
        -- From now on at every line, so that no pcall of the script keeps it alive.
        sethook(hook, 'l')
        error(host.tick_error(), 0)
    end
end

-- The debugger, once a script has been debugged, and whether one is.
local debugger
local debugging = false

local function watch()
    if debugging then
        debugger.watch()
    else
        sethook(hook, '', INSTRUCTIONS_PER_TICK)
    end
end

local function watched(body)
    return function(...)
        watch()
        return body(...)
    end
end

-- ---- the globals ----

-- The library that calls the server sets this global at every call.
local LIBRARYS_OWN = '__jthrowable__'

local function refuse_global(_, name)
    if name ~= LIBRARYS_OWN then
        error(READONLY, 2)
    end
end

local globals = {}
local environment = setmetatable({}, {__index = globals, __newindex = refuse_global})
behind[environment] = globals

local function nonexistent(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
end
setmetatable(globals, {__index = nonexistent})

for _, name in pairs {
    '_VERSION', 'assert', 'collectgarbage', 'error', 'gcinfo', 'ipairs', 'rawequal', 'select', 'tonumber',
    'tostring', 'type', 'xpcall',
} do
    rawset(globals, name, rawget(_G, name))
end

local function copy(from)
    local to = {}
    for name, value in pairs(from) do
        to[name] = value
    end
    return to
end

local function argument_error(number, name, text)
    error("bad argument #" .. number .. " to '" .. name .. "' (" .. text .. ")", 3)
end

-- A number as C counts with it: without a fraction, and of 64 bits the last 32.
local function c_integer(number)
    local whole = number < 0 and -floor(-number) or floor(number)
    if not (whole >= -2 ^ 63 and whole < 2 ^ 63) then
        return 0
    end
    return (whole + 2 ^ 31) % 2 ^ 32 - 2 ^ 31
end

local function typename(...)
    return select('#', ...) == 0 and 'no value' or type((...))
end

-- An error that a command replied with is a table; scripts that catch it get its text.
local function caught(succeeded, ...)
    local thrown = ...
    if not succeeded and type(thrown) == 'table' then
        local text = thrown.err
        if type(text) == 'string' or type(text) == 'number' then
            return false, text
        end
    end
    return succeeded, ...
end

function globals.pcall(...)
    if select('#', ...) == 0 then
        argument_error(1, 'pcall', 'value expected')
    end
    return caught(pcall(...))
end

function globals.pairs(...)
    local t = ...
    if type(t) ~= 'table' then
        argument_error(1, 'pairs', 'table expected, got ' .. typename(...))
    end
    if contents_of(t) then
        return globals.next, t, nil
    end
    return next, t, nil
end

function globals.next(...)
    local t, key = ...
    if type(t) ~= 'table' then
        argument_error(1, 'next', 'table expected, got ' .. typename(...))
    end
    return next(contents_of(t) or t, key)
end

-- Lua's own counts in 32 bits, and so takes some ranges that it has no room for.
function globals.unpack(...)
    local t, from, to = ...
    if type(t) ~= 'table' then
        argument_error(1, 'unpack', 'table expected, got ' .. typename(...))
    end
    local first = from == nil and 1 or tonumber(from)
    local last = to == nil and #t or tonumber(to)
    if not first then
        argument_error(2, 'unpack', 'number expected, got ' .. type(from))
    elseif not last then
        argument_error(3, 'unpack', 'number expected, got ' .. type(to))
    elseif c_integer(last) - c_integer(first) + 1 + select('#', ...) > UNPACKED_MAX then
        error('too many results to unpack', 2)
    end
    return unpack(...)
end

function globals.rawget(t, key)
    return rawget(contents_of(t) or t, key)
end

function globals.rawset(t, key, value)
    if behind[t] then
        error(READONLY, 0)
    end
    return rawset(t, key, value)
end

function globals.setmetatable(t, metatable)
    if behind[t] then
        error(READONLY, 0)
    end
    return setmetatable(t, metatable)
end

function globals.getmetatable(value)
    if type(value) == 'string' then
        value = ''
    elseif not behind[value] then
        return getmetatable(value)
    end
    local shown = shown_metatables[value]
    if not shown then
        shown = readonly {__index = value == '' and globals.string or value}
        shown_metatables[value] = shown
        shown_metatables[shown] = shown -- and not one more each time that somebody asks
    end
    return shown
end

local compile = loadstring

local function load_text(text, name)
    if byte(text) == 27 then
        return nil, 'attempt to load a precompiled chunk'
    end
    return compile(text, name)
end

function globals.loadstring(text, name)
    if type(text) == 'number' then
        text = tostring(text)
    elseif type(text) ~= 'string' then
        argument_error(1, 'loadstring', 'string expected, got ' .. type(text))
    end
    return load_text(text, name or text)
end

function globals.load(reader, name)
    if type(reader) ~= 'function' then
        argument_error(1, 'load', 'function expected, got ' .. type(reader))
    end
    local pieces = {}
    while true do
        local piece = reader()
        if piece == nil or piece == '' then
            break
        end
        pieces[#pieces + 1] = piece
    end
    return load_text(concat(pieces), name or '=(load)')
end

-- Strings are asked for methods here, whatever the global says.
local strings = string

function strings.rep(...)
    local text, count = ...
    if type(text) ~= 'string' and type(text) ~= 'number' then
        argument_error(1, 'rep', 'string expected, got ' .. typename(...))
    end
    local times = tonumber(count)
    if not times then
        argument_error(2, 'rep', 'number expected, got ' .. typename(select(2, ...)))
    elseif not (times >= 1) or #tostring(text) == 0 then
        return ''
    elseif times * #tostring(text) > REPEATED_BYTES_MAX then
        error('resulting string too large', 2)
    end
    return rep(text, times)
end
globals.string = readonly(strings)
local lua_table, tables = copy(table), copy(table)

-- These write whatever a metatable says.
local function refuse_protected(t)
    if behind[t] then
        error(READONLY, 0)
    end
end

function tables.insert(t, ...)
    refuse_protected(t)
    return lua_table.insert(t, ...)
end

function tables.remove(t, ...)
    refuse_protected(t)
    return lua_table.remove(t, ...)
end

function tables.sort(t, ...)
    refuse_protected(t)
    return lua_table.sort(t, ...)
end

function tables.setn(t, ...)
    refuse_protected(t)
    return lua_table.setn(t, ...)
end

globals.table = readonly(tables)

-- Redis' generator of random numbers, that of drand48: a seed gives the same numbers everywhere. The 48 bits of its state are in two
-- halves, since a number holds no product of all.
local maths = copy(math)
local HALF, STEP, MULTIPLIER_HIGH, MULTIPLIER_LOW = 2 ^ 24, 11, 0x5de, 0xece66d
local RANDOM_MAX = 2 ^ 31 - 1
local high, low = 0x1234ab, 0xcd330e

local function random_fraction()
    local product = low * MULTIPLIER_LOW + STEP
    high = (high * MULTIPLIER_LOW + low * MULTIPLIER_HIGH + floor(product / HALF)) % HALF
    low = product % HALF
    return (high * 128 + floor(low / 131072)) % RANDOM_MAX / RANDOM_MAX
end

local function refuse_argument(number, name, text)
    error("bad argument #" .. number .. " to '" .. name .. "' (" .. text .. ")", 0)
end

local function integer_argument(number, name, ...)
    local value = tonumber((...))
    if not value then
        refuse_argument(number, name, 'number expected, got ' .. typename(...))
    end
    return c_integer(value)
end

maths.randomseed = host.native(function(...)
    local bits = integer_argument(1, 'randomseed', ...) % 2 ^ 32
    high, low = floor(bits / 256), bits % 256 * 65536 + 0x330e
end)

maths.random = host.native(function(...)
    local fraction = random_fraction()
    local count = select('#', ...)
    if count == 0 then
        return fraction
    elseif count > 2 then
        error('wrong number of arguments', 0)
    end
    local first = integer_argument(1, 'random', ...)
    local least, most = 1, first
    if count == 2 then
        least, most = first, integer_argument(2, 'random', select(2, ...))
    end
    if least > most then
        refuse_argument(count, 'random', 'interval is empty')
    end
    return floor(fraction * (most - least + 1)) + least
end)
globals.math = readonly(maths)
globals.os = readonly({ clock = host.clock })

local coroutines = copy(coroutine)

function coroutines.create(body)
    if type(body) ~= 'function' then
        argument_error(1, 'create', 'Lua function expected')
    end
    return create(watched(body))
end

function coroutines.wrap(body)
    if type(body) ~= 'function' then
        argument_error(1, 'wrap', 'Lua function expected')
    end
    return wrap(watched(body))
end
globals.coroutine = readonly(coroutines)
globals._G = environment

if host.deprecated_api then
    local lua_getfenv, lua_globals = getfenv, _G

    -- A level; a string may be one too.
    local function level(f)
        local number = type(f) == 'string' and tonumber(f) or f
        return type(number) == 'number' and c_integer(number) or f
    end

    -- Levels count from the caller of the two functions below.
    local function from_caller(f)
        if f == nil then
            return 2
        end
        return type(f) == 'number' and f > 0 and f + 1 or f
    end

    function globals.getfenv(f)
        local found = lua_getfenv(from_caller(level(f)))
        return found == lua_globals and environment or found
    end

    function globals.setfenv(f, new)
        f = level(f)
        local at = from_caller(f)
        if f == 0 or lua_getfenv(at) == lua_globals then
            error("'setfenv' cannot change environment of given object", 2)
        end
        return setfenv(at, new)
    end
    globals.newproxy = newproxy
end

-- ---- the tables of the server ----

-- Compiles and runs the source of a library, with all that Lua has; its functions are then the server's, so that errors in
-- them are told at the line of the script.
local all_globals = _G

local function library(name, ...)
    return setfenv(host.compile(name), all_globals)(...)
end

local function fill(contents, functions)
    for name, value in pairs(functions) do
        contents[name] = type(value) == 'function' and host.native(value) or value
    end
end

globals.bit = readonly(host.bit)
globals.cjson = readonly_later(function(contents)
    fill(contents, library('cjson', host.null))
end)
globals.struct = readonly_later(function(contents)
    fill(contents, (library('struct')))
end)
globals.cmsgpack = readonly_later(function(contents)
    local _, float_bytes, float_value = library('struct')
    fill(contents, library('cmsgpack', float_bytes, float_value))
end)

local constants = {
    LOG_DEBUG = 0, LOG_VERBOSE = 1, LOG_NOTICE = 2, LOG_WARNING = 3,
    REDIS_VERSION = host.version, REDIS_VERSION_NUM = host.version_number,
}
local redis = copy(constants)
for name, value in pairs(host.redis) do
    redis[name] = value
end
redis.REPL_NONE, redis.REPL_AOF, redis.REPL_SLAVE, redis.REPL_REPLICA, redis.REPL_ALL = 0, 1, 2, 2, 3

function redis.breakpoint()
    if debugging then
        debugger.breakpoint()
    end
    return debugging
end

function redis.debug(...)
    if debugging then
        debugger.show(...)
    end
end
globals.redis = readonly(redis)
globals.server = globals.redis -- as in Valkey

-- What a function library sees while it is loaded: it can do nothing but register its functions.
local registering = copy(constants)
registering.register_function = host.register_function
registering.log = redis.log
setmetatable(registering, {__index = nonexistent})
local while_loading =
    setmetatable({redis = readonly(registering), server = readonly(registering)}, {__index = nonexistent})

setfenv(0, environment)

-- No function that scripts can get hold of has another environment (getfenv would give that away).
for _, functions in pairs {globals, strings, tables, coroutines, redis} do
    for _, value in pairs(functions) do
        if type(value) == 'function' then
            pcall(setfenv, value, environment) -- fails for those of Lua itself, which have none
        end
    end
end

-- ---- for the server ----

local own_sources = {['=sandbox'] = true, ['=cjson'] = true, ['=cmsgpack'] = true, ['=struct'] = true,
    ['=debugger'] = true}
local api = {environment = environment, globals = globals}

-- Has scripts run without a debugger, and no longer end.
function api.watch()
    debugging = false
    watch()
end

-- Has the script that is called next be debugged; takes the lines of its source.
function api.debug(source)
    debugger = debugger or library('debugger', host.debugger, {
        environment = environment, globals = globals, contents_of = contents_of, compile = load_text, call = redis.call,
        tick = hook,
    })
    debugging = true
    debugger.begin(source)
end

-- Where a script is, or nil.
local function place()
    local level = 3
    local info = getinfo(level, 'Sl')
    while info and (info.currentline < 0 or own_sources[info.source]) do
        level = level + 1
        info = getinfo(level, 'Sl')
    end
    return info
end

-- Makes a table of what was thrown, which tells where.
function api.handler(thrown)
    local info = place()
    if behind[thrown] then
        thrown = {}
    elseif type(thrown) ~= 'table' then
        local text = tostring(thrown)
        if info then
            -- What went wrong within a function of this file did so at the line that called it.
            text = gsub(text, '^sandbox:%d+: ', info.short_src .. ':' .. info.currentline .. ': ')
        end
        thrown = {err = 'ERR ' .. text}
    end
    if info then
        rawset(thrown, 'source', info.source)
        rawset(thrown, 'line', info.currentline)
    end
    return thrown
end

-- Whether a library is being loaded, so that its code sees only what it may use meanwhile.
function api.loading(on)
    getmetatable(environment).__index = on and while_loading or globals
end

return api
