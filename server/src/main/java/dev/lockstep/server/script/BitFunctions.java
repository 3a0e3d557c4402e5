package dev.lockstep.server.script;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntBinaryOperator;

/** The table bit of scripts: operations on 32-bit integers. */
final class BitFunctions {
    private static final Set<String> SHIFTS = Set.of("lshift", "rshift", "arshift", "rol", "ror");
    private static final double TWO_TO_32 = 4294967296.0;

    private final LuaVm vm;

    private BitFunctions(LuaVm vm) {
        this.vm = vm;
    }

    static Map<String, LuaVm.Function> of(LuaVm vm) {
        BitFunctions bits = new BitFunctions(vm);
        Map<String, LuaVm.Function> functions = new LinkedHashMap<>();
        functions.put("tobit", from -> bits.reply(from, bits.argument(from, 1)));
        functions.put("bnot", from -> bits.reply(from, ~bits.argument(from, 1)));
        functions.put(
                "bswap", from -> bits.reply(from, Integer.reverseBytes(bits.argument(from, 1))));
        functions.put("band", from -> bits.fold(from, (a, b) -> a & b));
        functions.put("bor", from -> bits.fold(from, (a, b) -> a | b));
        functions.put("bxor", from -> bits.fold(from, (a, b) -> a ^ b));
        functions.put("lshift", from -> bits.shift(from, (a, n) -> a << n));
        functions.put("rshift", from -> bits.shift(from, (a, n) -> a >>> n));
        functions.put("arshift", from -> bits.shift(from, (a, n) -> a >> n));
        functions.put("rol", from -> bits.shift(from, Integer::rotateLeft));
        functions.put("ror", from -> bits.shift(from, Integer::rotateRight));
        functions.put("tohex", bits::toHex);
        functions.replaceAll(
                (name, function) -> {
                    int least = SHIFTS.contains(name) ? 2 : 1;
                    return from -> bits.checked(from, name, least, function);
                });
        return functions;
    }

    private int checked(long from, String name, int least, LuaVm.Function function) {
        int count = vm.top(from);
        for (int i = 1; i <= Math.max(count, least); i++) {
            int type = i > count ? LuaVm.NIL : vm.type(from, i);
            boolean isNumber =
                    type == LuaVm.NUMBER || type == LuaVm.STRING && isNumeric(vm.text(from, i));
            if (!isNumber) {
                vm.pushWhere(from);
                vm.push(
                        from,
                        "bad argument #"
                                + i
                                + " to '"
                                + name
                                + "' (number expected, got "
                                + (i > count ? "no value" : typeName(type))
                                + ")");
                vm.concat(from, 2);
                return LuaVm.ERROR;
            }
        }
        return function.call(from);
    }

    private static boolean isNumeric(String text) {
        try {
            Double.parseDouble(text);
            return true;
        } catch (NumberFormatException e) {
            return text.matches("\\s*-?0[xX][0-9a-fA-F]+\\s*");
        }
    }

    private static String typeName(int type) {
        return switch (type) {
            case LuaVm.NIL -> "nil";
            case LuaVm.BOOLEAN -> "boolean";
            case LuaVm.STRING -> "string";
            case LuaVm.TABLE -> "table";
            case LuaVm.FUNCTION -> "function";
            default -> "userdata";
        };
    }

    private int argument(long from, int index) {
        double number = vm.number(from, index);
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return 0;
        }
        double rest = Math.IEEEremainder(Math.rint(number), TWO_TO_32);
        return (int) (long) rest;
    }

    private int reply(long to, int result) {
        vm.push(to, result);
        return 1;
    }

    private int fold(long from, IntBinaryOperator operator) {
        int result = argument(from, 1);
        for (int i = 2; i <= vm.top(from); i++) {
            result = operator.applyAsInt(result, argument(from, i));
        }
        return reply(from, result);
    }

    private int shift(long from, IntBinaryOperator operator) {
        return reply(from, operator.applyAsInt(argument(from, 1), argument(from, 2) & 31));
    }

    private int toHex(long from) {
        int digits = vm.top(from) < 2 ? 8 : argument(from, 2);
        int number = argument(from, 1);
        String text = String.format(Locale.ROOT, "%08x", number);
        if (digits < 0) {
            text = text.toUpperCase(Locale.ROOT);
        }
        vm.push(from, text.substring(8 - (int) Math.min(Math.abs((long) digits), 8)));
        return 1;
    }
}
