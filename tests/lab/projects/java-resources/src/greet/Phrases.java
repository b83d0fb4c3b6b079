package greet;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

class Phrases {
    static Properties in(String language) throws IOException {
        Properties phrases = new Properties();
        String name = "/phrases/" + language + ".properties";
        try (InputStream file = Phrases.class.getResourceAsStream(name)) {
            if (file == null) {
                phrases.setProperty("hello", "Hello");
            } else {
                phrases.load(file);
            }
        }
        return phrases;
    }
}
