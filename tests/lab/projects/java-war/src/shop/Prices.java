package shop;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Properties;
import javax.naming.InitialContext;
import javax.naming.NamingException;

public class Prices extends HttpServlet {
    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Properties prices = new Properties();
        prices.load(getServletContext().getResourceAsStream("/WEB-INF/prices.properties"));
        String price = prices.getProperty(String.valueOf(request.getPathInfo()).substring(1));
        if (price == null) {
            response.sendError(404);
            return;
        }
        try {
            String currency = (String) new InitialContext().lookup("java:comp/env/currency");
            response.getWriter().println(price + " " + currency);
        } catch (NamingException why) {
            throw new IOException(why);
        }
    }
}
