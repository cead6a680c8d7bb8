using Ekiden.Bench;

// Usage: Ekiden.Bench journal [--producers N] [--size BYTES] [--seconds S] [--directory D]
//        Ekiden.Bench addresses [--count N]
if (args is ["journal", .. var rest]) return await JournalBench.RunAsync(Arguments.Parse(rest));
if (args is ["addresses", .. var words]) return AddressBench.Run(Arguments.Parse(words));
Console.Error.WriteLine("usage: Ekiden.Bench journal [--producers N] [--size BYTES] [--seconds S] [--directory D]");
Console.Error.WriteLine("       Ekiden.Bench addresses [--count N]");
return 2;
