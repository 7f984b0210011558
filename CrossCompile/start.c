// The process starts here; SwiftPM has given Swift's main another name.
int SWIFT_MAIN(int, char **);

int main(int count, char **arguments)
{
    return SWIFT_MAIN(count, arguments);
}
