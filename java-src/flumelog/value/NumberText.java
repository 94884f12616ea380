package flumelog.value;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.function.DoubleFunction;

/** Doubles as JavaScript writes them, but for those that are whole: these end in ".0", so that they come back as doubles. */
final class NumberText {
  /** From these powers of ten on JavaScript writes an exponent. */
  private static final int LARGE = 21;
  private static final int SMALL = -6;
  /** Below this Java writes two digits where one is enough, as in 4.9E-324. */
  private static final double TINY = 1e-320;

  private NumberText() {}

  /** The shortest text that reads as this finite double. */
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

  /** @param whole how many digits stand before the point */
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
