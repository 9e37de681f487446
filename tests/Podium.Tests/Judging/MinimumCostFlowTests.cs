using Podium.Judging;

namespace Podium.Tests.Judging;

public sealed class MinimumCostFlowTests
{
    /// <summary>Ahuja, Magnanti, Orlin, "Network Flows" (1993): the optimality conditions of theorem 9.3, on random networks, against every possible flow.</summary>
    [Fact]
    public void No_possible_flow_of_a_small_network_is_cheaper_and_the_prices_prove_it()
    {
        var random = new Random(7);
        for (var round = 0; round < 400; round++)
        {
            var (network, arcs) = SmallNetwork(random);
            var solution = network.Solve();
            var cheapest = Cheapest(network, arcs);
            Assert.Equal(cheapest is not null, solution.IsFeasible);
            if (cheapest is null) continue;
            Assert.Equal(cheapest, solution.Cost);
            Assert.Equal(cheapest, network.ProvenBound(solution.Prices));
            AssertOptimal(network, solution);
        }
    }

    [Fact]
    public void Large_networks_with_many_ties_and_negative_costs_end_with_prices_that_prove_them()
    {
        var random = new Random(11);
        for (var round = 0; round < 20; round++)
        {
            var network = new MinimumCostFlow();
            for (var node = 0; node < 60; node++) network.AddNode(node < 20 ? 3 : node >= 40 ? -3 : 0);
            for (var arc = 0; arc < 600; arc++) network.AddArc(random.Next(60), random.Next(60), random.Next(4), random.Next(-2, 3));
            for (var node = 0; node < 20; node++) network.AddArc(node, 40 + node, 3, 50);
            var solution = network.Solve();
            Assert.True(solution.IsFeasible);
            AssertOptimal(network, solution);
            Assert.Equal(solution.Cost, network.ProvenBound(solution.Prices));
        }
    }

    [Fact]
    public void Prices_of_another_network_prove_less_never_more()
    {
        var network = new MinimumCostFlow();
        var (a, b) = (network.AddNode(2), network.AddNode(-2));
        network.AddArc(a, b, 1, 3);
        network.AddArc(a, b, 5, 7);
        Assert.Equal(10, network.Solve().Cost);
        foreach (var price in new long[] { -9, 0, 2, 7, 40 }) Assert.True(network.ProvenBound([0, price]) <= 10);
        Assert.Throws<ArgumentException>(() => Unbalanced().Solve());
    }

    private static MinimumCostFlow Unbalanced()
    {
        var network = new MinimumCostFlow();
        network.AddNode(1);
        return network;
    }

    private static void AssertOptimal(MinimumCostFlow network, MinimumCostFlow.Solution solution)
    {
        for (var arc = 0; arc < network.Arcs; arc++)
        {
            var reduced = network.ReducedCost(arc, solution.Prices);
            Assert.InRange(solution.Flow[arc], 0, network.Arc(arc).Room);
            if (solution.Flow[arc] < network.Arc(arc).Room) Assert.True(reduced >= 0, $"arc {arc} has room and would save {-reduced}");
            if (solution.Flow[arc] > 0) Assert.True(reduced <= 0, $"arc {arc} is used and costs {reduced} too much");
        }
    }

    private static (MinimumCostFlow, int) SmallNetwork(Random random)
    {
        var network = new MinimumCostFlow();
        var supplies = new[] { random.Next(0, 3), random.Next(-1, 2), random.Next(-1, 2) };
        foreach (var supply in supplies) network.AddNode(supply);
        network.AddNode(-supplies.Sum());
        var arcs = random.Next(4, 8);
        for (var arc = 0; arc < arcs; arc++) network.AddArc(random.Next(4), random.Next(4), random.Next(3), random.Next(-3, 8));
        return (network, arcs);
    }

    private static long? Cheapest(MinimumCostFlow network, int arcs)
    {
        long? cheapest = null;
        var flow = new int[arcs];
        void Try(int arc)
        {
            if (arc == arcs)
            {
                var net = new long[network.Nodes];
                long cost = 0;
                for (var i = 0; i < arcs; i++)
                {
                    var (from, to, _, price) = network.Arc(i);
                    net[from] += flow[i];
                    net[to] -= flow[i];
                    cost += flow[i] * price;
                }
                if (Enumerable.Range(0, network.Nodes).All(node => net[node] == network.Supply(node)) && !(cost >= cheapest)) cheapest = cost;
                return;
            }
            for (flow[arc] = 0; flow[arc] <= network.Arc(arc).Room; flow[arc]++) Try(arc + 1);
        }
        Try(0);
        return cheapest;
    }
}
