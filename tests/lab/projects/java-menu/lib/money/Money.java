package money;

public final class Money {
    private Money() {}

    public static String euros(int cents) {
        return String.format("%d,%02d €", cents / 100, cents % 100);
    }
}
