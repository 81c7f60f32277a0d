import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.List;
import javax.smartcardio.Card;
import javax.smartcardio.CardChannel;
import javax.smartcardio.CardException;
import javax.smartcardio.CardTerminal;
import javax.smartcardio.CommandAPDU;
import javax.smartcardio.TerminalFactory;

/**
 * A terminal as any Java program has one: javax.smartcardio, nothing beside it. Reads one order a line, answers with
 * one line: "open" (ATR and protocol), "close", or a command in hex (what CardChannel.transmit gives its user).
 */
public final class Terminal {
    private Card card;
    private CardChannel channel;

    public static void main(String[] arguments) throws IOException {
        Terminal terminal = new Terminal();
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            System.out.println(terminal.obey(order.trim()));
            System.out.flush();
        }
    }

    private String obey(String order) {
        try {
            switch (order) {
                case "open":
                    return open();
                case "close":
                    card.disconnect(true);
                    return "closed";
                default:
                    return hex(channel.transmit(new CommandAPDU(bytes(order))).getBytes());
            }
        } catch (CardException | IllegalArgumentException | IllegalStateException error) {
            return "error: " + error.getMessage();
        }
    }

    private String open() throws CardException {
        List<CardTerminal> readers = TerminalFactory.getDefault().terminals().list();
        CardTerminal reader = readers.get(0);
        if (!reader.waitForCardPresent(10_000)) {
            return "error: no card";
        }
        card = reader.connect("*");
        channel = card.getBasicChannel();
        return hex(card.getATR().getBytes()) + " " + card.getProtocol();
    }

    private static byte[] bytes(String hex) {
        byte[] found = new byte[hex.length() / 2];
        for (int at = 0; at < found.length; at++) {
            found[at] = (byte) Integer.parseInt(hex.substring(2 * at, 2 * at + 2), 16);
        }
        return found;
    }

    private static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (byte each : bytes) {
            text.append(String.format("%02X", each));
        }
        return text.toString();
    }
}
