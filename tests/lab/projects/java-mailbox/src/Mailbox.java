import com.sun.net.httpserver.HttpServer;
import java.io.FileReader;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

public class Mailbox {
    public static void main(String[] words) throws Exception {
        Properties settings = new Properties();
        settings.load(new FileReader(words[0]));
        Path folder = Path.of(settings.getProperty("folder"));
        HttpServer server = HttpServer.create(new InetSocketAddress(8025), 0);
        server.createContext("/", exchange -> {
            String name = exchange.getRequestURI().getPath().substring(1);
            byte[] body;
            if (exchange.getRequestMethod().equals("POST")) {
                Files.write(folder.resolve(name), exchange.getRequestBody().readAllBytes());
                body = "kept\n".getBytes();
            } else {
                Path letter = folder.resolve(name);
                body = (settings.getProperty("greeting") + " "
                    + (Files.isRegularFile(letter) ? Files.readString(letter) : "nobody") + "\n").getBytes();
            }
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }
}
