package menu;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import money.Money;

public class Main {
    public static void main(String[] args) throws IOException {
        Properties dishes = new Properties();
        try (var reader = Files.newBufferedReader(Path.of("menu.properties"))) {
            dishes.load(reader);
        }
        String page = Files.readString(Path.of("templates", "page.html"));
        HttpServer server = HttpServer.create(new InetSocketAddress(8000), 0);
        server.createContext("/", exchange -> {
            StringBuilder rows = new StringBuilder();
            dishes.stringPropertyNames().stream().sorted().forEach(name -> rows.append("<li>").append(name)
                .append(" ").append(Money.euros(Integer.parseInt(dishes.getProperty(name)))).append("\n"));
            byte[] body = page.replace("{rows}", rows).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }
}
