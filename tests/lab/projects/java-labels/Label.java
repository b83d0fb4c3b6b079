import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.zip.CRC32;

public class Label {
    public static void main(String[] words) {
        BufferedImage image = new BufferedImage(240, 60, BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.setFont(new Font("DejaVu Sans", Font.PLAIN, 28));
        graphics.drawString(words[0], 10, 40);
        int width = graphics.getFontMetrics().stringWidth(words[0]);
        CRC32 sum = new CRC32();
        for (int y = 0; y < 60; y++) {
            for (int x = 0; x < 240; x++) {
                sum.update(image.getRGB(x, y));
            }
        }
        System.out.println(words[0] + " is " + width + " wide, " + (sum.getValue() != 0 ? "drawn" : "empty"));
    }
}
