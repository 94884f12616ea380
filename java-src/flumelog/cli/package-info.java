/**
 * The command line, {@code bin/flumelog}.
 *
 * <p>It is for: {@link flumelog.cli.Main}, which finds the verb that was asked for, and one class for each verb, with its help. The help
 * also says which arguments the verb takes: see {@link flumelog.cli.Syntax}. Most verbs do their work in a namespace as
 * {@code flumelog.cli.cat}, and only that one is loaded.
 *
 * <p>It may use: {@code error}, {@code codec}, {@code log}.
 *
 * <p>Begin with {@link flumelog.cli.Main}. {@code doc/maintaining.md} says how to add a verb.
 */
@NullMarked
package flumelog.cli;

import org.jspecify.annotations.NullMarked;
