import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import quickfix.*;

/**
 * QuickFIX/J as a process: `java -cp JARS Client.java CONFIG PEM`, until its input ends.
 *
 * Prints what it hears, a message a line, its Logon as `35=A`. The
 * method that signs is that of docs/fix.md: the tests put it where the mark is.
 */
public class Client implements Application {
    private final PrivateKey key;

    private Client(PrivateKey key) {
        this.key = key;
    }

    // toAdmin

    public void onLogon(SessionID id) {
        System.out.println("35=A");
    }

    public void fromApp(Message message, SessionID id) {
        System.out.println(message);
    }

    public void onCreate(SessionID id) {}

    public void onLogout(SessionID id) {}

    public void fromAdmin(Message message, SessionID id) {}

    public void toApp(Message message, SessionID id) {}

    public static void main(String[] arguments) throws Exception {
        String pem = Files.readString(Path.of(arguments[1])).replaceAll("-----[A-Z ]+-----|\\s", "");
        PrivateKey key = KeyFactory.getInstance("RSA")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        SessionSettings settings = new SessionSettings(arguments[0]);
        Initiator initiator = new SocketInitiator(new Client(key), new FileStoreFactory(settings), settings,
                new FileLogFactory(settings), new DefaultMessageFactory());
        initiator.start();
        while (System.in.read() >= 0) {}
        initiator.stop(true);
    }
}
