using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Podium.Functions.Api;
using Podium.Identity;
using Podium.Platform.Api;

namespace Podium.Functions.Identity;

/// <summary>Opening an account, and the links that are mailed for it.</summary>
public sealed class AccountsApi(RegisterPerson register, VerifyEmail verifyEmail, SendLink sendLink, ChangePassword changePassword)
{
    [Function("Register"), Anyone]
    [Operation("Open an account", Description = "The answer is the same whether or not the address has an account: its reader learns by mail.",
        Body = typeof(RegisterPerson.Request), Answer = typeof(RegisterPerson.Result), Status = 202, Limit = RateLimits.Credentials)]
    public async Task<IResult> Register([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/accounts")] HttpRequest request)
    {
        var registered = await register.Run(request.Caller(), await request.ReadAsync<RegisterPerson.Request>(), request.HttpContext.RequestAborted);
        return registered.Answer(result => Answer.Accepted(result));
    }

    [Function("VerifyEmail"), Anyone]
    [Operation("Prove an e-mail address by a mailed link", Body = typeof(VerifyEmail.Request), Answer = typeof(VerifyEmail.Result), Problems = ["link-refused", "email-taken"], Limit = RateLimits.Credentials)]
    public async Task<IResult> Verify([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/accounts/verify")] HttpRequest request)
    {
        var verified = await verifyEmail.Run(request.Caller(), await request.ReadAsync<VerifyEmail.Request>(), request.HttpContext.RequestAborted);
        return verified.Answer(result => Answer.Ok(result));
    }

    [Function("SendVerification"), Anyone]
    [Operation("Mail the link that proves an address again", Body = typeof(SendLink.Request), Answer = typeof(SendLink.Result), Status = 202, Limit = RateLimits.Credentials)]
    public async Task<IResult> SendVerification([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/accounts/verification")] HttpRequest request) =>
        Answer.Accepted(await sendLink.VerificationAsync(request.Caller(), await request.ReadAsync<SendLink.Request>(), request.HttpContext.RequestAborted));

    [Function("SendPasswordReset"), Anyone]
    [Operation("Mail a link that sets a new password", Body = typeof(SendLink.Request), Answer = typeof(SendLink.Result), Status = 202, Limit = RateLimits.Credentials)]
    public async Task<IResult> SendPasswordReset([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/accounts/password-reset")] HttpRequest request) =>
        Answer.Accepted(await sendLink.PasswordResetAsync(request.Caller(), await request.ReadAsync<SendLink.Request>(), request.HttpContext.RequestAborted));

    [Function("ResetPassword"), Anyone]
    [Operation("Set a new password by a mailed link", Body = typeof(ChangePassword.ResetRequest), Status = 204, Problems = ["link-refused"], Limit = RateLimits.Credentials)]
    public async Task<IResult> ResetPassword([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/accounts/password")] HttpRequest request)
    {
        var reset = await changePassword.ResetAsync(request.Caller(), await request.ReadAsync<ChangePassword.ResetRequest>(), request.HttpContext.RequestAborted);
        return reset.Answer(_ => Answer.NoContent());
    }
}
