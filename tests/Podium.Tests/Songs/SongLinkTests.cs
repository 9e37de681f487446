using Podium.Songs;

namespace Podium.Tests.Songs;

public sealed class SongLinkTests
{
    [Theory]
    [InlineData("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")]
    [InlineData("https://youtube.com/watch?list=PL1&v=dQw4w9WgXcQ&t=42", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")]
    [InlineData("https://youtu.be/dQw4w9WgXcQ?si=abc", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")]
    [InlineData("https://music.youtube.com/watch?v=dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")]
    [InlineData("https://www.youtube.com/shorts/dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")]
    [InlineData("https://soundcloud.com/Forss/flickermood?in=x", "https://soundcloud.com/forss/flickermood")]
    [InlineData("http://www.youtube.com/watch?v=dQw4w9WgXcQ", null)]
    [InlineData("https://www.youtube.com/watch?v=short", null)]
    [InlineData("https://www.youtube.com.evil.example/watch?v=dQw4w9WgXcQ", null)]
    [InlineData("https://evil.example/?https://youtu.be/dQw4w9WgXcQ", null)]
    [InlineData("https://user@youtu.be/dQw4w9WgXcQ", null)]
    [InlineData("https://soundcloud.com/forss", null)]
    [InlineData("https://youtu.be/dQw4w9WgXcQ\nx", null)]
    [InlineData("https://youtu.be/dQw4w9WgXcQ\n", null)]
    [InlineData("javascript:alert(1)", null)]
    public void A_link_is_known_by_its_form(string link, string? normal) => Assert.Equal(normal, SongLinks.Normal(link));
}
