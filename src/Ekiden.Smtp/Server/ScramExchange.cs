using System.Security.Cryptography;
using System.Text;

namespace Ekiden.Smtp.Server;

/// <summary>The server's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: RFC 5802 §5, RFC 7677. No I/O.</summary>
/// <param name="nonce">The server's part of the nonce: printable ASCII without comma.</param>
/// <param name="requiresBinding">The client chose the -PLUS mechanism.</param>
/// <param name="offersBinding">The -PLUS mechanism was announced.</param>
/// <param name="endPointBinding"><c>tls-server-end-point</c> data; empty where there is none.</param>
internal sealed class ScramExchange(
    string nonce, bool requiresBinding, bool offersBinding, ReadOnlyMemory<byte> endPointBinding)
{
    private string _bindingInput = "";
    private string _clientFirstBare = "";
    private string _serverFirst = "";
    private string _clientNonce = "";
    private ScramVerifier? _verifier;

    /// <summary>
    /// Reads the client's first message; the user name, or null when the message is malformed or asks for a binding
    /// that is not possible.
    /// </summary>
    public string? ReadClientFirst(string message)
    {
        // gs2-header: flag "," [ "a=" authzid ] ","
        var flagEnd = message.IndexOf(',', StringComparison.Ordinal);
        if (flagEnd < 0) return null;
        var headerEnd = message.IndexOf(',', flagEnd + 1);
        if (headerEnd < 0) return null;
        if (!IsBindingFlagGood(message[..flagEnd])) return null;
        var authorisation = message[(flagEnd + 1)..headerEnd];
        if (authorisation.Length > 0 && !authorisation.StartsWith("a=", StringComparison.Ordinal)) return null;

        _bindingInput = message[..(headerEnd + 1)];
        _clientFirstBare = message[(headerEnd + 1)..];
        var fields = _clientFirstBare.Split(',');
        // A mandatory extension ("m=") would stand first; none is known: RFC 5802 §5.1.
        if (fields.Length < 2 || Value(fields[0], 'n') is not { Length: > 0 } user) return null;
        if (Value(fields[1], 'r') is not { Length: > 0 } clientNonce) return null;
        _clientNonce = clientNonce;
        var name = UnescapeName(user);
        var mayActAs = authorisation.Length == 0 || UnescapeName(authorisation[2..]) == name;
        return mayActAs ? name : null;
    }

    /// <summary>The challenge that answers the first message.</summary>
    public string Challenge(ScramVerifier verifier)
    {
        _verifier = verifier;
        var salt = Convert.ToBase64String(verifier.Salt.Span);
        _serverFirst = $"r={_clientNonce}{nonce},s={salt},i={verifier.Iterations}";
        return _serverFirst;
    }

    /// <summary>
    /// Reads the client's final message; the server's final message, or null when the proof is wrong.
    /// </summary>
    public string? ReadClientFinal(string message)
    {
        var proofStart = message.LastIndexOf(",p=", StringComparison.Ordinal);
        if (_verifier is null || proofStart < 0) return null;
        var withoutProof = message[..proofStart];
        var fields = withoutProof.Split(',');
        if (fields.Length < 2 || Value(fields[0], 'c') is not { } binding) return null;
        if (!IsBindingRight(binding) || Value(fields[1], 'r') != _clientNonce + nonce) return null;

        var proof = new byte[SHA256.HashSizeInBytes];
        if (!Convert.TryFromBase64String(message[(proofStart + 3)..], proof, out var length) || length != proof.Length)
            return null;
        var authMessage = Encoding.UTF8.GetBytes($"{_clientFirstBare},{_serverFirst},{withoutProof}");
        return IsProofRight(proof, authMessage)
            ? "v=" + Convert.ToBase64String(HMACSHA256.HashData(_verifier.ServerKey.Span, authMessage))
            : null;
    }

    // RFC 5802 §3: ClientKey = ClientProof XOR ClientSignature, and H(ClientKey) is stored.
    private bool IsProofRight(byte[] proof, byte[] authMessage)
    {
        var signature = HMACSHA256.HashData(_verifier!.StoredKey.Span, authMessage); // set by Challenge
        for (var i = 0; i < proof.Length; i++) proof[i] ^= signature[i];
        var isRight = CryptographicOperations.FixedTimeEquals(SHA256.HashData(proof), _verifier.StoredKey.Span);
        return isRight && _verifier.SignIn is not null;
    }

    // RFC 5802 §6: "y" says that we offer no binding; if we do, somebody took our offer away.
    private bool IsBindingFlagGood(string flag) => requiresBinding
        ? flag == "p=tls-server-end-point" && !endPointBinding.IsEmpty
        : flag == "n" || (flag == "y" && !offersBinding);

    private bool IsBindingRight(string binding)
    {
        byte[] expected = [.. Encoding.UTF8.GetBytes(_bindingInput), .. requiresBinding ? endPointBinding.Span : []];
        return binding == Convert.ToBase64String(expected);
    }

    private static string? Value(string field, char name) =>
        field.Length >= 2 && field[0] == name && field[1] == '=' ? field[2..] : null;

    // RFC 5802 §5.1, saslname: "=2C" and "=3D" stand for comma and equals sign.
    private static string UnescapeName(string name) =>
        name.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
}
