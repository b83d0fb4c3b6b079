package greet;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

public class Server {
    private static final Path VISITORS = Path.of("data", "visitors.txt");

    public static void main(String[] args) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(9090), 0);
        server.createContext("/", exchange -> {
            String[] parts = exchange.getRequestURI().getPath().split("/");
            if (parts.length != 3) {
                reply(exchange, 404, "/LANGUAGE/NAME\n");
                return;
            }
            String greeting = Phrases.in(parts[1]).getProperty("hello");
            Files.write(VISITORS, List.of(parts[2]), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            reply(exchange, 200, greeting + ", " + parts[2] + "!\n");
        });
        server.createContext("/visitors", exchange -> reply(exchange, 200, Files.readString(VISITORS)));
        server.start();
    }

    private static void reply(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes("UTF-8");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
