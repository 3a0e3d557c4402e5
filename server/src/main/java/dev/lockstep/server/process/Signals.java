package dev.lockstep.server.process;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/**
 * The JVM's signal handling, {@code sun.misc.Signal}, reached by reflection.
 *
 * <p>It is the only way to act on SIGTERM without the exit being decided already, which is what a shutdown
 * hook would mean. The JDK keeps it exported to everyone, but its compiler warns on every direct use and
 * has no switch against it; hence reflection.
 */
final class Signals {
    private Signals() {}

    /**
     * Has {@code action} called with the signal's name, on a new thread, at every arrival.
     *
     * @param name such as {@code TERM}
     * @return false if this JVM doesn't let go of that signal (as with {@code -Xrs})
     */
    static boolean handle(String name, Consumer<String> action) {
        return install(name, handlerClass -> proxy(handlerClass, action));
    }

    /** Has the signal ignored; false if this JVM doesn't let go of it. */
    static boolean ignore(String name) {
        return install(name, handlerClass -> handlerClass.getField("SIG_IGN").get(null));
    }

    private interface Handler {
        Object of(Class<?> handlerClass) throws ReflectiveOperationException;
    }

    private static boolean install(String name, Handler handler) {
        try {
            Class<?> signalClass = Class.forName("sun.misc.Signal");
            Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
            Object signal = signalClass.getConstructor(String.class).newInstance(name);
            signalClass
                    .getMethod("handle", signalClass, handlerClass)
                    .invoke(null, signal, handler.of(handlerClass));
            return true;
        } catch (InvocationTargetException taken) {
            return false;
        } catch (ReflectiveOperationException otherJvm) {
            throw new IllegalStateException("this JVM has no sun.misc.Signal", otherJvm);
        }
    }

    private static Object proxy(Class<?> handlerClass, Consumer<String> action) {
        InvocationHandler invocation =
                (proxy, method, arguments) -> invoke(proxy, method, arguments, action);
        return Proxy.newProxyInstance(
                handlerClass.getClassLoader(), new Class<?>[] {handlerClass}, invocation);
    }

    /** Answers the calls that a map of handlers may make besides {@code handle(Signal)}. */
    private static Object invoke(
            Object proxy, Method method, Object[] arguments, Consumer<String> action)
            throws ReflectiveOperationException {
        switch (method.getName()) {
            case "handle" -> {
                Object signal = arguments[0];
                action.accept((String) signal.getClass().getMethod("getName").invoke(signal));
                return null;
            }
            case "equals" -> {
                return proxy == arguments[0];
            }
            case "hashCode" -> {
                return System.identityHashCode(proxy);
            }
            default -> {
                return "handler of a signal";
            }
        }
    }
}
