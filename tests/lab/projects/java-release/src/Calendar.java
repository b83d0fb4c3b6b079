import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.StringReader;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.xml.parsers.DocumentBuilderFactory;
import org.xml.sax.InputSource;

/** Days with names, as they are written in other countries. */
public class Calendar {
    private interface Page {
        String show(String rest) throws Exception;
    }

    private static final Map<String, Page> PAGES = Map.of(
        "days", Calendar::days,
        "date", Calendar::date,
        "bytes", Calendar::bytes,
        "sign", Calendar::sign,
        "zip", Calendar::zip,
        "xml", Calendar::xml,
        "parts", Calendar::parts);

    public static void main(String[] words) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(8070), 0);
        server.createContext("/", exchange -> {
            String[] path = exchange.getRequestURI().getPath().split("/", 3);
            Page page = path.length > 1 ? PAGES.get(path[1]) : null;
            int status = page == null ? 404 : 200;
            String text;
            try {
                text = page == null ? "no such page" : page.show(path.length > 2 ? path[2] : "");
            } catch (Exception error) {
                status = 500;
                text = error.toString();
            }
            byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    private static String days(String rest) throws IOException {
        return String.join("; ", Files.readAllLines(Path.of("days.csv")));
    }

    private static String date(String language) {
        DateTimeFormatter format = DateTimeFormatter.ofLocalizedDate(FormatStyle.FULL);
        return format.withLocale(Locale.forLanguageTag(language)).format(LocalDate.of(2026, 5, 1));
    }

    private static String bytes(String name) {
        return "äö漢".getBytes(Charset.forName(name)).length + " bytes";
    }

    private static String sign(String curve) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(generator.generateKeyPair().getPrivate());
        signature.update(new byte[32]);
        return signature.sign().length > 60 ? "signed, " + SSLContext.getDefault().getProtocol() : "too short";
    }

    private static String zip(String name) throws IOException {
        Path file = Files.createTempFile("days", ".zip");
        Files.delete(file);
        try (var system = FileSystems.newFileSystem(URI.create("jar:" + file.toUri()), Map.of("create", "true"))) {
            Files.writeString(system.getPath("/" + name), "packed");
            return Files.readString(system.getPath("/" + name));
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static String xml(String name) throws Exception {
        var builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        return builder.parse(new InputSource(new StringReader("<" + name + "/>"))).getDocumentElement().getTagName();
    }

    private static String parts(String rest) throws Exception {
        String[] names = {
            "javax.naming.directory.InitialDirContext", "com.sun.jndi.dns.DnsContextFactory", "java.sql.DriverManager",
            "sun.misc.Unsafe", "com.sun.management.OperatingSystemMXBean", "javax.security.auth.callback.Callback",
            "com.sun.security.auth.module.UnixSystem", "jdk.jfr.Recording",
            "javax.smartcardio.Card", "java.util.logging.Logger", "javax.script.ScriptEngineManager", "java.beans.Beans"
        };
        for (String name : names) {
            Class.forName(name);
        }
        return names.length + " parts, " + ManagementFactory.getRuntimeMXBean().getSpecVersion();
    }
}
