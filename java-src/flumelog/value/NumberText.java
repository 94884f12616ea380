package flumelog.value;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.function.DoubleFunction;

/** Writes doubles as JavaScript does, except that a whole number ends in ".0", so that it reads back as a double. */
final class NumberText {
  /** JavaScript writes an exponent if more digits than this would stand before the point ... */
  private static final int LARGE = 21;
  /** ... or if the count of those digits is this or less: six zeros or more would follow the point. */
  private static final int SMALL = -6;
  /** For doubles below this Java may write two digits although one is enough, as in 4.9E-324. */
  private static final double TINY = 1e-320;

  private NumberText() {}

  /** Returns the shortest text that reads as this finite double. */
  static String of(double value, DoubleFunction<String> shortest) {
    if (value == 0) return 1 / value < 0 ? "-0.0" : "0.0";
    BigDecimal decimal = shortest(Math.abs(value), shortest).stripTrailingZeros();
    String text = written(decimal.unscaledValue().toString(), decimal.precision() - decimal.scale());
    return value < 0 ? "-" + text : text;
  }

  private static BigDecimal shortest(double value, DoubleFunction<String> shortest) {
    if (value < TINY) {
      BigDecimal digit = new BigDecimal(value).round(new MathContext(1));
      if (digit.doubleValue() == value) return digit;
    }
    return new BigDecimal(shortest.apply(value));
  }

  /** @param whole how many digits stand before the point; zero or less counts the zeros that follow the point */
  private static String written(String digits, int whole) {
    int count = digits.length();
    if (whole > LARGE || whole <= SMALL) {
      String fraction = count == 1 ? "" : "." + digits.substring(1);
      return digits.charAt(0) + fraction + "e" + (whole > 0 ? "+" : "-") + Math.abs(whole - 1);
    }
    if (whole <= 0) return "0." + "0".repeat(-whole) + digits;
    if (whole >= count) return digits + "0".repeat(whole - count) + ".0";
    return digits.substring(0, whole) + "." + digits.substring(whole);
  }
}
