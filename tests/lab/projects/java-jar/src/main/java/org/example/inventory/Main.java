package org.example.inventory;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

public final class Main {
    private static final Stock STOCK = new Stock();

    public static void main(String[] args) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/stock/", Main::stock);
        server.createContext("/report", Main::report);
        server.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(0)));
    }

    private static void stock(HttpExchange exchange) throws IOException {
        String item = exchange.getRequestURI().getPath().substring("/stock/".length());
        if (exchange.getRequestMethod().equals("POST")) {
            String count = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            STOCK.add(item, Integer.parseInt(count.trim()));
        }
        answer(exchange, 200, item + " " + STOCK.count(item));
    }

    /** A report is first written to a temporary file, as one that may become large. */
    private static void report(HttpExchange exchange) throws IOException {
        Path file = Files.createTempFile("report", ".txt");
        Files.writeString(file, STOCK.toString());
        answer(exchange, 200, Files.readString(file));
        Files.delete(file);
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
