-- The table cjson: JSON, with the defaults and the errors of Lua's cjson.
local null = ...
local byte, char, find, format, gsub, match, sub = string.byte, string.char, string.find, string.format, string.gsub,
    string.match, string.sub
local floor, huge = math.floor, math.huge
local concat = table.concat

local INT_MAX = 2147483647
local ESCAPES = {['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n',
    ['\r'] = '\\r', ['\t'] = '\\t'}
for code = 0, 127 do
    local letter = char(code)
    if (code < 32 or code == 127) and not ESCAPES[letter] then
        ESCAPES[letter] = format('\\u%04x', code)
    end
end
local UNESCAPED = {['"'] = '"', ['\\'] = '\\', ['/'] = '/', b = '\b', f = '\f', n = '\n', r = '\r', t = '\t'}
local SIGNS = {['{'] = 'T_OBJ_BEGIN', ['}'] = 'T_OBJ_END', ['['] = 'T_ARR_BEGIN', [']'] = 'T_ARR_END',
    [':'] = 'T_COLON', [','] = 'T_COMMA'}
local WORDS = {{'true', 'T_BOOLEAN', true}, {'false', 'T_BOOLEAN', false}, {'null', 'T_NULL', null}}

local function fail(text)
    error(text, 0)
end

local function utf8(code)
    if code < 0x80 then
        return char(code)
    elseif code < 0x800 then
        return char(192 + floor(code / 64), 128 + code % 64)
    elseif code < 0x10000 then
        return char(224 + floor(code / 4096), 128 + floor(code / 64) % 64, 128 + code % 64)
    end
    return char(240 + floor(code / 262144), 128 + floor(code / 4096) % 64, 128 + floor(code / 64) % 64, 128 + code % 64)
end

local function build()
    local settings = {
        sparse_convert = false, sparse_ratio = 2, sparse_safe = 10, encode_depth = 1000, decode_depth = 1000,
        precision = 14, keep_buffer = true, encode_invalid = false, decode_invalid = true,
    }
    local number_format = '%.14g'

    -- ---- decoding ----

    -- The text and the place in it; the token found last, its kind, and where it begins.
    local text, at, kind, value, start

    local function bad(message, where)
        kind, value, start = 'T_ERROR', message, where
    end

    local function code_unit(where)
        local digits = match(text, '^\\u(%x%x%x%x)', where)
        return digits and tonumber(digits, 16)
    end

    local function string_token()
        local pieces, from = {}, at + 1
        while true do
            local stop = find(text, '["\\]', from)
            if not stop then
                return bad('unexpected end of string', #text + 1)
            end
            pieces[#pieces + 1] = sub(text, from, stop - 1)
            if byte(text, stop) == 34 then
                at = stop + 1
                kind, value = 'T_STRING', concat(pieces)
                return
            end
            local letter = sub(text, stop + 1, stop + 1)
            if letter == 'u' then
                local code = code_unit(stop)
                from = stop + 6
                if code and code >= 0xd800 and code < 0xe000 then
                    local low = code < 0xdc00 and code_unit(from)
                    if low and low >= 0xdc00 and low < 0xe000 then
                        code = 0x10000 + (code - 0xd800) * 1024 + low - 0xdc00
                        from = from + 6
                    else
                        code = nil
                    end
                end
                if not code then
                    return bad('invalid unicode escape code', stop)
                end
                pieces[#pieces + 1] = utf8(code)
            elseif UNESCAPED[letter] then
                pieces[#pieces + 1] = UNESCAPED[letter]
                from = stop + 2
            else
                return bad('invalid escape code', stop)
            end
        end
    end

    local function number_token()
        local digits = match(text, '^-?0[xX]%x+', at)
        if not digits then
            digits = match(text, '^[-+]?%d+%.?%d*', at) or match(text, '^[-+]?%.%d+', at)
            if digits then
                digits = digits .. (match(text, '^[eE][-+]?%d+', at + #digits) or '')
            end
        end
        local number = digits and tonumber(digits)
        if not number then
            local word = match(text, '^[-+]?%a+', at)
            local sign = word and sub(word, 1, 1) == '-' and -1 or 1
            local letters = word and gsub(word, '^[-+]', ''):lower() or ''
            if find(letters, '^infinity') then
                number, digits = sign * huge, sub(word, 1, #word - #letters + 8)
            elseif find(letters, '^inf') then
                number, digits = sign * huge, sub(word, 1, #word - #letters + 3)
            elseif find(letters, '^nan') then
                number, digits = 0 / 0, sub(word, 1, #word - #letters + 3)
            end
        end
        local strict = digits and match(digits, '^-?%d') and not find(digits, '^-?0[%dxX]')
        if not number or not strict and not settings.decode_invalid then
            return bad('invalid number', at)
        end
        kind, value = 'T_NUMBER', number
        at = at + #digits
    end

    local function token()
        at = find(text, '[^ \t\r\n]', at) or #text + 1
        start = at
        local first = sub(text, at, at)
        if first == '' then
            kind = 'T_END'
        elseif SIGNS[first] then
            kind = SIGNS[first]
            at = at + 1
        elseif first == '"' then
            string_token()
        elseif find(first, '[-+%d]') then
            number_token()
        else
            for _, word in ipairs(WORDS) do
                if sub(text, at, at + #word[1] - 1) == word[1] then
                    kind, value = word[2], word[3]
                    at = at + #word[1]
                    return
                end
            end
            if settings.decode_invalid and find(sub(text, at, at + 2):lower(), '^[in][na][fn]') then
                number_token()
            else
                bad('invalid token', at)
            end
        end
    end

    local function expected(what)
        fail('Expected ' .. what .. ' but found ' .. (kind == 'T_ERROR' and value or kind) .. ' at character ' .. start)
    end

    local parse

    local function deeper(depth)
        if depth > settings.decode_depth then
            fail('Found too many nested data structures (' .. depth .. ') at character ' .. at - 1)
        end
    end

    local function object(depth)
        deeper(depth)
        local result = {}
        token()
        if kind == 'T_OBJ_END' then
            return result
        end
        while true do
            if kind ~= 'T_STRING' then
                expected('object key string')
            end
            local key = value
            token()
            if kind ~= 'T_COLON' then
                expected('colon')
            end
            token()
            result[key] = parse(depth)
            token()
            if kind == 'T_OBJ_END' then
                return result
            elseif kind ~= 'T_COMMA' then
                expected('comma or object end')
            end
            token()
        end
    end

    local function array(depth)
        deeper(depth)
        local result, count = {}, 0
        token()
        if kind == 'T_ARR_END' then
            return result
        end
        while true do
            count = count + 1
            result[count] = parse(depth)
            token()
            if kind == 'T_ARR_END' then
                return result
            elseif kind ~= 'T_COMMA' then
                expected('comma or array end')
            end
            token()
        end
    end

    function parse(depth)
        if kind == 'T_OBJ_BEGIN' then
            return object(depth + 1)
        elseif kind == 'T_ARR_BEGIN' then
            return array(depth + 1)
        elseif kind == 'T_STRING' or kind == 'T_NUMBER' or kind == 'T_BOOLEAN' or kind == 'T_NULL' then
            return value
        end
        expected('value')
    end

    local function one_argument(name, ...)
        if select('#', ...) ~= 1 then
            fail("bad argument #1 to '" .. name .. "' (expected 1 argument)")
        end
    end

    local cjson = {_NAME = 'cjson', _VERSION = '2.1.0', null = null, new = build}

    function cjson.decode(...)
        one_argument('decode', ...)
        text = ...
        if type(text) == 'number' then
            text = tostring(text)
        elseif type(text) ~= 'string' then
            fail("bad argument #1 to 'decode' (string expected, got " .. type(text) .. ')')
        end
        at = 1
        if #text >= 2 and (byte(text, 1) == 0 or byte(text, 2) == 0) then
            fail('JSON parser does not support UTF-16 or UTF-32')
        end
        token()
        local result = parse(0)
        token()
        if kind ~= 'T_END' then
            expected('the end')
        end
        text = nil
        return result
    end

    -- ---- encoding ----

    local function cannot(what, reason)
        fail('Cannot serialise ' .. type(what) .. ': ' .. reason)
    end

    local function quoted(letters)
        return '"' .. gsub(letters, '[%c"\\/\127]', ESCAPES) .. '"'
    end

    local function number_text(number)
        if number ~= number or number == huge or number == -huge then
            if settings.encode_invalid == 'null' then
                return 'null'
            elseif not settings.encode_invalid then
                cannot(number, 'must not be NaN or Inf')
            end
        end
        return format(number_format, number)
    end

    -- How long an array a table is, or 0 for an object.
    local function array_length(t)
        local items, most = 0, 0
        for key in pairs(t) do
            if type(key) ~= 'number' or key < 1 or key ~= floor(key) then
                return 0
            end
            items = items + 1
            if key > most then
                most = key
            end
        end
        if most > INT_MAX then
            return 0
        end
        if settings.sparse_ratio > 0 and most > items * settings.sparse_ratio and most > settings.sparse_safe then
            if not settings.sparse_convert then
                cannot(t, 'excessively sparse array')
            end
            return 0
        end
        return most
    end

    local append

    local function append_table(t, out, depth)
        if depth > settings.encode_depth then
            fail('Cannot serialise, excessive nesting (' .. depth .. ')')
        end
        local length = array_length(t)
        if length > 0 then
            out[#out + 1] = '['
            for i = 1, length do
                if i > 1 then
                    out[#out + 1] = ','
                end
                append(rawget(t, i), out, depth)
            end
            out[#out + 1] = ']'
            return
        end
        local separator = '{'
        for key, element in pairs(t) do
            out[#out + 1] = separator
            if type(key) == 'string' then
                out[#out + 1] = quoted(key)
            elseif type(key) == 'number' then
                out[#out + 1] = '"' .. number_text(key) .. '"'
            else
                cannot(key, 'table key must be a number or string')
            end
            out[#out + 1] = ':'
            append(element, out, depth)
            separator = ','
        end
        out[#out + 1] = separator == '{' and '{}' or '}'
    end

    function append(element, out, depth)
        local element_type = type(element)
        if element_type == 'string' then
            out[#out + 1] = quoted(element)
        elseif element_type == 'number' then
            out[#out + 1] = number_text(element)
        elseif element_type == 'boolean' then
            out[#out + 1] = element and 'true' or 'false'
        elseif element_type == 'table' then
            append_table(element, out, depth + 1)
        elseif element == nil or element == null then
            out[#out + 1] = 'null'
        else
            cannot(element, 'type not supported')
        end
    end

    function cjson.encode(...)
        one_argument('encode', ...)
        local out = {}
        append((...), out, 0)
        return concat(out)
    end

    -- ---- settings ----

    local function integer(name, number, given, least, most)
        local converted = tonumber(given)
        if not converted or converted < least or converted > most or converted ~= floor(converted) then
            fail('bad argument #' .. number .. " to '" .. name .. "' (expected integer between " .. least .. ' and '
                .. most .. ')')
        end
        return converted
    end

    local function option(name, given, allowed)
        if type(given) ~= 'boolean' and not (allowed and given == allowed) then
            fail("bad argument #1 to '" .. name .. "' (invalid option '" .. tostring(given) .. "')")
        end
        return given
    end

    local function integer_setting(name, setting, least, most)
        cjson[name] = function(given)
            if given ~= nil then
                settings[setting] = integer(name, 1, given, least, most)
            end
            number_format = '%.' .. settings.precision .. 'g'
            return settings[setting]
        end
    end

    local function option_setting(name, setting, allowed)
        cjson[name] = function(given)
            if given ~= nil then
                settings[setting] = option(name, given, allowed)
            end
            return settings[setting]
        end
    end

    integer_setting('encode_max_depth', 'encode_depth', 1, INT_MAX)
    integer_setting('decode_max_depth', 'decode_depth', 1, INT_MAX)
    integer_setting('encode_number_precision', 'precision', 1, 14)
    option_setting('encode_keep_buffer', 'keep_buffer')
    option_setting('encode_invalid_numbers', 'encode_invalid', 'null')
    option_setting('decode_invalid_numbers', 'decode_invalid')

    function cjson.encode_sparse_array(convert, ratio, safe)
        local name = 'encode_sparse_array'
        if convert ~= nil then
            settings.sparse_convert = option(name, convert)
        end
        if ratio ~= nil then
            settings.sparse_ratio = integer(name, 2, ratio, 0, INT_MAX)
        end
        if safe ~= nil then
            settings.sparse_safe = integer(name, 3, safe, 0, INT_MAX)
        end
        return settings.sparse_convert, settings.sparse_ratio, settings.sparse_safe
    end

    return cjson
end

return build()
