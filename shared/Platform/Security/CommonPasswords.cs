using System.Collections.Frozen;

namespace Podium.Platform.Security;

/// <summary>The passwords tried first, in lower case; shorter ones stand for themselves with digits and signs around them.</summary>
internal static class CommonPasswords
{
    public static readonly FrozenSet<string> All = FrozenSet.ToFrozenSet(
        """
        password passwort passw0rd p@ssw0rd p@ssword pa55word passwordpassword mypassword password1password passphrase motdepasse contraseña
        contrasena senha parola heslo haslo wachtwoord lozinka salasana qwerty qwertz azerty qwertyuiop qwerty123456 qwe123qwe123 asdfgh asdfghjkl
        asdfasdf zxcvbn zxcvbnm qazwsx qazwsxedc 1qaz2wsx3edc 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4t5 q1w2e3r4t5y6 zaq12wsx qweasd qweasdzxc qwertyqwerty
        asdfqwer abcabc abcdef abcdefg abcdefgh a1b2c3d4e5 123456789a 123456789q 1234567890q 12345qwert 123qweasdzxc 123456qwerty 1122334455
        0102030405 1020304050 9876543210 1234512345 1234554321 0987654321 1357924680 2468013579 3141592653 3141592654 1029384756 admin administrator
        administration root toor superuser sysadmin webmaster system default guest test tester testing testtest demo user username login welcome
        welcomeback welcometo willkommen bienvenue bienvenido letmein letmeinnow letmeinplease opensesame changeme changemenow changeit change
        secret topsecret supersecret mysecret nopassword nothing whatever access master mastermaster iloveyou iloveyouso iloveyoumore ilovegod
        iloveme loveyou lovely loveme lovelove love mylove forever sweetheart sweety honey darling princess princesa prince queen king angel angels
        angelina babygirl babyboy baby beautiful gorgeous monkey dragon dragons tiger lion eagle falcon panther wolf bear horse dolphin turtle
        butterfly chicken kitten kitty puppy cookie banana football footballer baseball basketball hockey soccer futbol fussball volleyball softball
        tennis golf cricket rugby liverpool liverpoolfc chelsea arsenal manchester manchesterunited barcelona realmadrid juventus bayern celtic
        rangers yankees cowboys lakers steelers eagles patriots raiders packers superman batman spiderman ironman wonderwoman pokemon pikachu naruto
        starwars skywalker minecraft fortnite roblox playstation nintendo xbox matrix gandalf merlin hogwarts harrypotter sunshine shadow summer
        winter spring autumn january february september october november december monday friday sommer michael jennifer jessica jordan michelle
        daniel thomas robert charlie andrew joshua anthony matthew ashley nicole hannah amanda alexander alexandra christian jonathan elizabeth
        samantha stephanie computer internet keyboard google facebook instagram microsoft windows apple samsung linkedin twitter android freedom
        family friends friendship blessed jesus jesuschrist christ heaven faith godisgood hello helloworld hellohello hallo hallohallo america
        germany mexico london berlin paris chocolate cheese pepper ginger orange purple silver golden diamond flower rainbow mustang ferrari porsche
        mercedes harley corvette hunter ranger killer soldier warrior legend ninja pirate rockstar music guitar metallica school student teacher
        university college competition contest podium exam exams
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
        StringComparer.Ordinal);
}
