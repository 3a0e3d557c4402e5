-- The table struct: binary layouts in the notation of Lua's struct library.
local byte, char, sub, rep = string.byte, string.char, string.sub, string.rep
local floor, frexp, ldexp, huge = math.floor, math.frexp, math.ldexp, math.huge
local concat = table.concat

local INTEGER_BYTES_MAX = 32
local ALIGNMENT_MAX = 8
local SIZES = {b = 1, B = 1, h = 2, H = 2, l = 8, L = 8, T = 8, f = 4, d = 8, x = 1}
local SIGNED = {b = true, h = true, l = true, i = true}

local function fail(text)
    error(text, 0)
end

-- The function that runs, for its errors.
local called

local function argument(number, text)
    fail('bad argument #' .. number .. " to '" .. called .. "' (" .. text .. ')')
end

-- Steps through a format: calls visit(option, size, padding, little) for all that takes room.
local function walk(format, visit)
    local at, offset, little, alignment = 1, 0, true, 1

    local function number(default)
        local digits = format:match('^%d+', at)
        if not digits then
            return default
        end
        at = at + #digits
        local value = tonumber(digits)
        if value > 2147483647 then
            fail('integral size overflow')
        end
        return value
    end

    while at <= #format do
        local option = sub(format, at, at)
        at = at + 1
        if option == '<' then
            little = true
        elseif option == '>' then
            little = false
        elseif option == '!' then
            alignment = number(ALIGNMENT_MAX)
            if alignment == 0 or alignment % 2 ~= 0 and alignment ~= 1 then
                fail('alignment is not a power of 2')
            end
        elseif option ~= ' ' then
            local size = SIZES[option]
            if option == 'i' or option == 'I' then
                size = number(4)
                if size > INTEGER_BYTES_MAX then
                    fail('integral size ' .. size .. ' is larger than limit of ' .. INTEGER_BYTES_MAX)
                end
            elseif option == 'c' then
                size = number(1)
            elseif option == 's' then
                size = 0
            elseif not size then
                argument(1, "invalid format option '" .. option .. "'")
            end
            local padding = 0
            if size > 0 and option ~= 'c' and option ~= 'x' then
                local align = size < alignment and size or alignment
                padding = align > 1 and (align - offset % align) % align or 0
            end
            offset = offset + padding + (visit(option, size, padding, little) or size)
        end
    end
    return offset
end

local function reversed(bytes)
    return bytes:reverse()
end

local function integer_bytes(value, size, little)
    value = value < 0 and -floor(-value) or floor(value)
    -- A negative number is the complement of one that a double can hold as exactly.
    local negative = value < 0
    local rest = negative and -value - 1 or value
    local bytes = {}
    for i = 1, size do
        local digit = i > 8 and 0 or rest % 256
        rest = floor(rest / 256)
        bytes[i] = char(i > 8 and 0 or negative and 255 - digit or digit)
    end
    local text = concat(bytes)
    return little and text or reversed(text)
end

local function integer_value(text, signed, little)
    if little then
        text = reversed(text)
    end
    local high = #text > 8 and sub(text, -8) or text
    local value = 0
    local negative = signed and #high > 0 and byte(high) >= 128
    for i = 1, #high do
        local digit = byte(high, i)
        value = value * 256 + (negative and 255 - digit or digit)
    end
    return negative and -value - 1 or value
end

local function float_bytes(value, size, little)
    local mantissa_bits, bias = 52, 1023
    if size == 4 then
        mantissa_bits, bias = 23, 127
    end
    local sign = 0
    if value < 0 or value == 0 and 1 / value < 0 then
        sign, value = 1, -value
    end
    local exponent, mantissa
    if value ~= value then
        sign, exponent, mantissa = 0, 2 * bias + 1, 2 ^ (mantissa_bits - 1)
    elseif value == huge then
        exponent, mantissa = 2 * bias + 1, 0
    elseif value == 0 then
        exponent, mantissa = 0, 0
    else
        local fraction, power = frexp(value)
        exponent = power - 1 + bias
        if exponent <= 0 then
            mantissa = ldexp(fraction, mantissa_bits + exponent)
            exponent = 0
        else
            mantissa = (fraction * 2 - 1) * 2 ^ mantissa_bits
        end
        local rounded = floor(mantissa)
        local rest = mantissa - rounded
        if rest > 0.5 or rest == 0.5 and rounded % 2 == 1 then
            rounded = rounded + 1
        end
        if rounded >= 2 ^ mantissa_bits then
            rounded = rounded - 2 ^ mantissa_bits
            exponent = exponent + 1
        end
        mantissa = rounded
        if exponent > 2 * bias then
            exponent, mantissa = 2 * bias + 1, 0
        end
    end
    local bytes = {}
    for i = 1, size - 2 do
        bytes[i] = char(mantissa % 256)
        mantissa = floor(mantissa / 256)
    end
    local high_bits = mantissa_bits - 8 * (size - 2)
    local head = (sign * 2 * (bias + 1) + exponent) * 2 ^ high_bits + mantissa
    bytes[size - 1] = char(head % 256)
    bytes[size] = char(floor(head / 256))
    local text = concat(bytes)
    return little and text or reversed(text)
end

local function float_value(text, little)
    if little then
        text = reversed(text)
    end
    local size = #text
    local mantissa_bits, bias = 52, 1023
    if size == 4 then
        mantissa_bits, bias = 23, 127
    end
    local head = byte(text, 1) * 256 + byte(text, 2)
    local sign = head >= 32768 and -1 or 1
    head = head % 32768
    local high_bits = mantissa_bits - 8 * (size - 2)
    local exponent = floor(head / 2 ^ high_bits)
    local mantissa = head % 2 ^ high_bits
    for i = 3, size do
        mantissa = mantissa * 256 + byte(text, i)
    end
    if exponent == 2 * bias + 1 then
        return mantissa == 0 and sign * huge or 0 / 0
    elseif exponent == 0 then
        return sign * ldexp(mantissa, 1 - bias - mantissa_bits)
    end
    return sign * ldexp(1 + mantissa / 2 ^ mantissa_bits, exponent - bias)
end

local struct = {}

local function begin(name, format)
    called = name
    if type(format) ~= 'string' then
        argument(1, 'string expected, got ' .. (format == nil and 'no value' or type(format)))
    end
end

function struct.pack(format, ...)
    begin('pack', format)
    local values, next_value, out = {...}, 1, {}

    local function value(kind)
        local taken = values[next_value]
        next_value = next_value + 1
        if kind == 'number' then
            local converted = tonumber(taken)
            if not converted then
                argument(next_value, 'number expected, got ' .. (taken == nil and 'no value' or type(taken)))
            end
            return converted
        end
        if type(taken) == 'number' then
            taken = tostring(taken)
        end
        if type(taken) ~= 'string' then
            argument(next_value, 'string expected, got ' .. (taken == nil and 'no value' or type(taken)))
        end
        return taken
    end

    walk(format, function(option, size, padding, little)
        out[#out + 1] = rep('\0', padding)
        if option == 'x' then
            out[#out + 1] = '\0'
        elseif option == 'f' or option == 'd' then
            out[#out + 1] = float_bytes(value('number'), size, little)
        elseif option == 'c' then
            local text = value('string')
            if size == 0 then
                size = #text
            end
            if #text < size then
                argument(next_value + 1, 'string too short')
            end
            out[#out + 1] = sub(text, 1, size)
            return size
        elseif option == 's' then
            local text = value('string')
            out[#out + 1] = text .. '\0'
            return #text + 1
        else
            out[#out + 1] = integer_bytes(value('number'), size, little)
        end
    end)
    return concat(out)
end

function struct.unpack(format, data, position)
    begin('unpack', format)
    if type(data) == 'number' then
        data = tostring(data)
    elseif type(data) ~= 'string' then
        argument(2, 'string expected, got ' .. (data == nil and 'no value' or type(data)))
    end
    position = position == nil and 1 or tonumber(position)
    if not position or position < 1 then
        argument(3, 'offset must be 1 or greater')
    end
    local at, results, count = floor(position), {}, 0

    local function add(result)
        count = count + 1
        results[count] = result
    end

    walk(format, function(option, size, padding, little)
        at = at + padding
        if option == 'c' and size == 0 then
            local length = results[count]
            if count == 0 or type(length) ~= 'number' then
                fail("format 'c0' needs a previous size")
            end
            size = length
            results[count] = nil
            count = count - 1
        end
        if size < 0 or at - 1 + size > #data then
            argument(2, 'data string too short')
        end
        if option == 's' then
            local ends = data:find('\0', at, true)
            if not ends then
                fail('unfinished string in data')
            end
            add(sub(data, at, ends - 1))
            size = ends - at + 1
        elseif option == 'c' then
            add(sub(data, at, at + size - 1))
        elseif option == 'f' or option == 'd' then
            add(float_value(sub(data, at, at + size - 1), little))
        elseif option ~= 'x' then
            add(integer_value(sub(data, at, at + size - 1), SIGNED[option], little))
        end
        at = at + size
        return size
    end)
    add(at)
    return unpack(results, 1, count)
end

function struct.size(format)
    begin('size', format)
    return (walk(format, function(option, size)
        if option == 's' then
            argument(1, "option 's' has no fixed size")
        elseif option == 'c' and size == 0 then
            argument(1, "option 'c0' has no fixed size")
        end
    end))
end

return struct, float_bytes, float_value
