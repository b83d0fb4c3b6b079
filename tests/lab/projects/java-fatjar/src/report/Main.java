package report;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import table.Table;

public class Main {
    public static void main(String[] args) throws Exception {
        Table table = new Table();
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            String[] parts = line.split("=", 2);
            table.row(parts[0].trim(), parts[1].trim());
        }
        try (InputStream head = Main.class.getResourceAsStream("/head.txt")) {
            System.out.print(new String(head.readAllBytes(), "UTF-8"));
        }
        System.out.print(table);
    }
}
