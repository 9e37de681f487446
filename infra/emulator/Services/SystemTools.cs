using System.Net;
using System.Net.Sockets;

namespace Podium.Emulator.Services;

/// <summary>Programs on the PATH.</summary>
internal static class SystemTools
{
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}

/// <summary>Ports of the loopback address.</summary>
internal static class Ports
{
    /// <summary>The preferred port where it is free, else any that is.</summary>
    public static int Free(int preferred) => preferred != 0 && IsFree(preferred) ? preferred : Any();

    /// <summary>Starts a server on the preferred port or another; where somebody was quicker to take it, on yet another.</summary>
    public static async Task<T> TryAsync<T>(int preferred, Func<int, Task<T>> start)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await start(Free(tries == 1 ? preferred : 0));
            }
            catch (PortTakenException) when (tries < 5)
            {
                // between our look and the server's listening
            }
        }
    }

    /// <summary>Whether a port can be listened on now.</summary>
    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int Any()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>Somebody took the port between our look and the server's listening.</summary>
internal sealed class PortTakenException() : Exception("No free port was to be had in five tries.");
