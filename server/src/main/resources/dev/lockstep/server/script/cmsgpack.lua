-- The table cmsgpack: MessagePack.
local float_bytes, float_value = ...
local byte, char, sub = string.byte, string.char, string.sub
local floor, huge = math.floor, math.huge
local concat = table.concat

local NESTING_MAX = 16

local function fail(text)
    error(text, 0)
end

local function big_endian(value, size)
    -- A negative number is the complement of one that a double can hold as exactly.
    local negative = value < 0
    local rest = negative and -value - 1 or value
    local bytes = {}
    for i = size, 1, -1 do
        local digit = rest % 256
        rest = floor(rest / 256)
        bytes[i] = char(negative and 255 - digit or digit)
    end
    return concat(bytes)
end

local function pack_integer(value)
    if value >= 0 then
        if value <= 127 then
            return char(value)
        elseif value <= 0xff then
            return '\204' .. char(value)
        elseif value <= 0xffff then
            return '\205' .. big_endian(value, 2)
        elseif value <= 0xffffffff then
            return '\206' .. big_endian(value, 4)
        end
        return '\207' .. big_endian(value, 8)
    elseif value >= -32 then
        return char(256 + value)
    elseif value >= -128 then
        return '\208' .. char(256 + value)
    elseif value >= -32768 then
        return '\209' .. big_endian(value, 2)
    elseif value >= -2147483648 then
        return '\210' .. big_endian(value, 4)
    end
    return '\211' .. big_endian(value, 8)
end

local function pack_number(value)
    if value == floor(value) and value > -9223372036854775808 and value < 9223372036854775808 then
        return pack_integer(value)
    end
    local single = float_bytes(value, 4, false)
    if float_value(single, false) == value then
        return '\202' .. single
    end
    return '\203' .. float_bytes(value, 8, false)
end

local function pack_string(text)
    local length = #text
    if length < 32 then
        return char(160 + length) .. text
    elseif length <= 0xff then
        return '\217' .. char(length) .. text
    elseif length <= 0xffff then
        return '\218' .. big_endian(length, 2) .. text
    end
    return '\219' .. big_endian(length, 4) .. text
end

local function header(length, small, small_max, two_bytes, four_bytes)
    if length <= small_max then
        return char(small + length)
    elseif length <= 0xffff then
        return char(two_bytes) .. big_endian(length, 2)
    end
    return char(four_bytes) .. big_endian(length, 4)
end

-- The length of a table whose keys are 1 to n, or nil if there are others.
local function array_length(t)
    local count, most = 0, 0
    for key in pairs(t) do
        if type(key) ~= 'number' or key <= 0 or key ~= floor(key) then
            return nil
        end
        count = count + 1
        if key > most then
            most = key
        end
    end
    return most == count and count or nil
end

local pack_value

local function pack_table(t, depth, out)
    local length = array_length(t)
    if length then
        out[#out + 1] = header(length, 144, 15, 220, 221)
        for i = 1, length do
            pack_value(t[i], depth + 1, out)
        end
        return
    end
    local pairs_count = 0
    for _ in pairs(t) do
        pairs_count = pairs_count + 1
    end
    out[#out + 1] = header(pairs_count, 128, 15, 222, 223)
    for key, value in pairs(t) do
        pack_value(key, depth + 1, out)
        pack_value(value, depth + 1, out)
    end
end

function pack_value(value, depth, out)
    local kind = type(value)
    if kind == 'string' then
        out[#out + 1] = pack_string(value)
    elseif kind == 'number' then
        out[#out + 1] = pack_number(value)
    elseif kind == 'boolean' then
        out[#out + 1] = value and '\195' or '\194'
    elseif kind == 'table' and depth < NESTING_MAX then
        pack_table(value, depth, out)
    else
        out[#out + 1] = '\192'
    end
end

local cmsgpack = {
    _NAME = 'cmsgpack',
    _VERSION = 'lua-cmsgpack 0.4.0',
    _DESCRIPTION = 'MessagePack for Lua scripts',
}

function cmsgpack.pack(...)
    local count = select('#', ...)
    if count == 0 then
        fail("bad argument #0 to 'pack' (MessagePack pack needs input.)")
    end
    local out = {}
    for i = 1, count do
        pack_value((select(i, ...)), 0, out)
    end
    return concat(out)
end

local function unsigned(data, at, size)
    if at + size - 1 > #data then
        fail('Missing bytes in input.')
    end
    local value = 0
    for i = at, at + size - 1 do
        value = value * 256 + byte(data, i)
    end
    return value, at + size
end

local function signed(data, at, size)
    local value, after = unsigned(data, at, size)
    if byte(data, at) < 128 then
        return value, after
    end
    local complement = 0
    for i = at, at + size - 1 do
        complement = complement * 256 + 255 - byte(data, i)
    end
    return -complement - 1, after
end

local function text(data, at, length)
    if at + length - 1 > #data then
        fail('Missing bytes in input.')
    end
    return sub(data, at, at + length - 1), at + length
end

local unpack_value

local function array(data, at, length)
    local result = {}
    for i = 1, length do
        result[i], at = unpack_value(data, at)
    end
    return result, at
end

local function map(data, at, length)
    local result = {}
    for _ = 1, length do
        local key, value
        key, at = unpack_value(data, at)
        value, at = unpack_value(data, at)
        if key ~= nil and key == key then
            result[key] = value
        end
    end
    return result, at
end

local function sized(read, size)
    return function(data, at)
        local length
        length, at = unsigned(data, at, size)
        return read(data, at, length)
    end
end

local function fixed(value)
    return function(_, at)
        return value, at
    end
end

local function number(read, size)
    return function(data, at)
        return read(data, at, size)
    end
end

local function float(size)
    return function(data, at)
        local bytes, after = text(data, at, size)
        return float_value(bytes, false), after
    end
end

local readers = {
    [192] = fixed(nil), [194] = fixed(false), [195] = fixed(true),
    [196] = sized(text, 1), [197] = sized(text, 2), [198] = sized(text, 4),
    [202] = float(4), [203] = float(8),
    [204] = number(unsigned, 1), [205] = number(unsigned, 2), [206] = number(unsigned, 4), [207] = number(unsigned, 8),
    [208] = number(signed, 1), [209] = number(signed, 2), [210] = number(signed, 4), [211] = number(signed, 8),
    [217] = sized(text, 1), [218] = sized(text, 2), [219] = sized(text, 4),
    [220] = sized(array, 2), [221] = sized(array, 4),
    [222] = sized(map, 2), [223] = sized(map, 4),
}

function unpack_value(data, at)
    local head = byte(data, at)
    if not head then
        fail('Missing bytes in input.')
    end
    at = at + 1
    if head < 128 then
        return head, at
    elseif head < 144 then
        return map(data, at, head - 128)
    elseif head < 160 then
        return array(data, at, head - 144)
    elseif head < 192 then
        return text(data, at, head - 160)
    elseif head >= 224 then
        return head - 256, at
    end
    local reader = readers[head]
    if not reader then
        fail('Bad data format in input.')
    end
    return reader(data, at)
end

local function check(data, name)
    if type(data) == 'number' then
        return tostring(data)
    elseif type(data) ~= 'string' then
        fail("bad argument #1 to '" .. name .. "' (string expected, got "
            .. (data == nil and 'no value' or type(data)) .. ')')
    end
    return data
end

-- Unpacks up to `most` values from a zero-based offset on; returns them after the next offset, or -1 at the end.
local function unpack_some(data, most, offset, with_offset)
    local at, results, count = offset + 1, {}, 0
    while at <= #data and count < most do
        count = count + 1
        results[count], at = unpack_value(data, at)
    end
    if with_offset then
        return at > #data and -1 or at - 1, unpack(results, 1, count)
    end
    return unpack(results, 1, count)
end

local function offset_of(offset, data)
    offset = offset == nil and 0 or tonumber(offset) or 0
    if offset < 0 or offset > #data then
        fail('Start offset ' .. offset .. ' greater than input length ' .. #data .. '.')
    end
    return offset
end

function cmsgpack.unpack(data)
    return unpack_some(check(data, 'unpack'), huge, 0, false)
end

function cmsgpack.unpack_one(data, offset)
    data = check(data, 'unpack_one')
    return unpack_some(data, 1, offset_of(offset, data), true)
end

function cmsgpack.unpack_limit(data, limit, offset)
    data = check(data, 'unpack_limit')
    limit = tonumber(limit)
    if not limit or limit < 0 then
        fail('Invalid request to unpack with offset of ' .. tostring(offset) .. ' and limit of ' .. #data .. '.')
    end
    local from = offset_of(offset, data)
    if limit == 0 and from == 0 then
        return unpack_some(data, huge, 0, false)
    end
    return unpack_some(data, limit, from, true)
end

return cmsgpack
