using Ekiden.Bench;

// Usage: Ekiden.Bench journal [--producers N] [--size BYTES] [--seconds S] [--directory D]
if (args is ["journal", .. var rest]) return await JournalBench.RunAsync(Arguments.Parse(rest));
Console.Error.WriteLine("usage: Ekiden.Bench journal [--producers N] [--size BYTES] [--seconds S] [--directory D]");
return 2;
