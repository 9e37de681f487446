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
