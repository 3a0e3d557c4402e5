package dev.lockstep.server.command;

import static dev.lockstep.server.command.Command.command;

import dev.lockstep.server.process.Version;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** LOLWUT: a small picture, another one each time, and the version. */
final class LolwutCommand {
    private static final int COLUMNS = 40;
    private static final int ROWS = 8;
    private static final String SHADES = " .:-=+*#%@";

    private static final byte[] VERSION = "version".getBytes(StandardCharsets.US_ASCII);

    private LolwutCommand() {}

    static void register(CommandTable table) {
        table.add(
                command("lolwut", LolwutCommand::draw)
                        .arity(-1)
                        .flags(Flag.READONLY, Flag.FAST)
                        .docs("server", "5.0.0", "", "Shows a picture and the version.")
                        .syntax("[VERSION version:integer]"));
    }

    /** Two waves that run in step, at random angles. */
    private static void draw(Call call) {
        if (call.args().argc() >= 3 && call.is(1, VERSION)) {
            call.intArg(2);
        }
        SplittableRandom random = new SplittableRandom();
        double slope = random.nextDouble(0.1, 0.6);
        double lean = random.nextDouble(0.2, 1.2);
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < COLUMNS; column++) {
                double height = Math.sin(column * slope + row * lean) + Math.sin(column * slope);
                text.append(SHADES.charAt((int) ((height + 2) / 4.001 * SHADES.length())));
            }
            text.append('\n');
        }
        text.append("\nLockstep ver. ").append(Version.LOCKSTEP);
        text.append(". Redis ver. ").append(Version.REDIS).append('\n');
        call.reply().verbatim("txt", text.toString().getBytes(StandardCharsets.UTF_8));
    }
}
