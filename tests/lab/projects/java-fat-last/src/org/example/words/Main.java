package org.example.words;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.TreeMap;
import java.util.stream.Collectors;

public class Main {
    static String count(String text) {
        var words = Arrays.stream(text.toLowerCase().split("\\W+")).filter(it -> !it.isEmpty());
        var counts = words.collect(Collectors.groupingBy(it -> it, TreeMap::new, Collectors.counting()));
        return counts.entrySet().stream().map(it -> it.getKey() + " " + it.getValue() + "\n").collect(Collectors.joining());
    }

    public static void main(String[] arguments) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(8440), 0);
        server.createContext("/", exchange -> {
            var text = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            var answer = text.isEmpty() ? "POST some words\n" : count(text);
            var bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }
}
