package table;

public class Table {
    private final StringBuilder text = new StringBuilder();

    public void row(String left, String right) {
        text.append(String.format("%-10s %s%n", left, right));
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
